// Tiled rows: a row that a group of threads takes tile by tile, from predictions to exponentials and the cross entropy, and from
// the slopes of a ground distance to the gradient, for every input and target.
//
// p_i = (high_i + low_i) / sum. The low parts of the exponentials are 0 except for distributions from logits, where p - t may
// cancel. Targets are masses t_i with the sum S (masses.cuh), and are compared with S p_i = e_i share. The form of the ground
// distance (one_pass.cuh, differences.cuh, costs.cuh, trees.cuh, energies.cuh) leaves E and, per class, a number a_i such that
//   from logits         dE/dz_i = p_i gain (a_i - center)
//   from probabilities  dE/dp_i = gain (a_i - center)
// All threads of the group hold the same bits, except in the store.
#pragma once

#include <type_traits>

#include "../../block/arithmetic.cuh"
#include "../../block/stage.cuh"
#include "../line.cuh"
#include "../dominant_entry.cuh"
#include "../masses.cuh"
#include "../targets.cuh"
#include "layouts.cuh"

namespace semd::cuda {

template <class L>
struct TiledRow {
  using Layout = L;
  using Real = typename L::Real;
  static constexpr int V = L::kVector;

  const RowProblem& problem;
  typename L::Group group;
  int tiles;
  typename L::Store store;
  int64_t index;  // of the row
  int64_t first;  // index of its first prediction
  float* stage;   // of the row's span, if there is one, and where the row begins in it
  int stage_first;
  bool exists;    // some groups have no row in the last round, but must take every step
  bool counts;    // neither ignored nor of weight 0; otherwise nothing of the row is read
  bool no_target;  // the row of targets is not a distribution
  bool broken;     // the loss is NaN
  int label;      // always in range, whatever the caller's array says; 0 for a distribution
  float top;
  double sum;
  double inverse;  // 1 / sum
  SumOfMasses target;
  Parts share;  // S / sum
  float own_prediction;  // the label's, read before anything is overwritten
  float cross_entropy;
  float emd;  // before normalization
  float gain, center;
  // For some forms.
  double circle_mean;  // a: the mean, or the median
  int balanced_boundary;  // the boundary whose slope follows from the others; -1: none
  float balance;
  float front_slope, rear_slope, own_base;
  float moved;
  double* workspace;  // of trees
  double wide_center;

  // `sums` is the block's memory for sums over its threads, `kept` that for what rows keep.
  __device__ __forceinline__ TiledRow(const RowProblem& p, void* sums, void* kept)
      : problem(p),
        group(sums),
        tiles((p.classes + group.size() * V - 1) / (group.size() * V)),
        store(kept, tiles, group.size()) {}

  __device__ __forceinline__ void begin(int64_t row) {
    index = row;
    first = L::kContiguous ? row * problem.classes : first_element(problem, row);
  }
  // Constants where the layout decides them, as every read would be compiled for each case.
  __device__ __forceinline__ int64_t inner() const { return L::kContiguous ? 1 : problem.inner; }
  __device__ __forceinline__ bool aligned() const { return !L::kPixels && problem.aligned; }
  __device__ __forceinline__ bool logits() const { return L::kIndexFromLogits || problem.input == SEMD_LOGITS; }
  __device__ __forceinline__ bool distribution() const {
    return !L::kIndexFromLogits && problem.target_kind == SEMD_DISTRIBUTION_FLOAT32;
  }
  __device__ __forceinline__ bool squared() const { return problem.power == 2; }
  __device__ __forceinline__ int tile_size() const { return group.size() * V; }
  __device__ __forceinline__ int tile_of(int place) const { return place / tile_size(); }
  __device__ __forceinline__ int place_of(int tile) const { return (tile * group.size() + group.rank) * V; }

  template <class Body>
  __device__ __forceinline__ void ascend(Body body) const {
    if constexpr (L::kTiles > 0) {
#pragma unroll
      for (int tile = 0; tile < L::kTiles; tile++) body(tile);
    } else {
      for (int tile = 0; tile < tiles; tile++) body(tile);
    }
  }
  // Calls body(tile, predictions) for every tile, with several reads of device memory under way at a time.
  template <class Body>
  __device__ __forceinline__ void fetch(Body body) const {
    constexpr int kAtOnce = L::kTiles > 0 ? L::kTiles : 4;
    for (int begin = 0; begin < (L::kTiles > 0 ? L::kTiles : tiles); begin += kAtOnce) {
      float z[kAtOnce][V];
      if constexpr (L::kStaged) {
#pragma unroll
        for (int k = 0; k < kAtOnce; k++) read_predictions(place_of(begin + k), z[k]);
      } else {
        with_element_type(problem.float_type, [&](auto* type) {
          using Element = typename std::remove_pointer<decltype(type)>::type;
          const Element* row = static_cast<const Element*>(problem.predictions) + first;
          const int classes = counts ? problem.classes : 0;
#pragma unroll
          for (int k = 0; k < kAtOnce; k++) {
            read_elements<V>(row, place_of(begin + k), classes, inner(), aligned(), padding(), z[k]);
          }
        });
      }
#pragma unroll
      for (int k = 0; k < kAtOnce; k++) {
        if (L::kTiles > 0 || begin + k < tiles) body(begin + k, z[k]);
      }
    }
  }
  template <class Body>
  __device__ __forceinline__ void descend(Body body) const {
    if constexpr (L::kTiles > 0) {
#pragma unroll
      for (int tile = L::kTiles - 1; tile >= 0; tile--) body(tile);
    } else {
      for (int tile = tiles - 1; tile >= 0; tile--) body(tile);
    }
  }

  __device__ __forceinline__ int valid_from(int place) const { return counts ? problem.classes - place : 0; }

  __device__ __forceinline__ void read_predictions(int place, float (&out)[V]) const {
    if constexpr (L::kStaged) {
      read_stage<V>(stage, stage_first + place, valid_from(place), padding(), out);
    } else {
      with_element_type(problem.float_type, [&](auto* type) {
        using Element = typename std::remove_pointer<decltype(type)>::type;
        const Element* row = static_cast<const Element*>(problem.predictions) + first;
        read_elements<V>(row, place, counts ? problem.classes : 0, inner(), aligned(), padding(), out);
      });
    }
  }
  // The target's mass at each class.
  __device__ __forceinline__ void read_targets(int place, float (&out)[V]) const {
    if (distribution()) {
      const float* row = static_cast<const float*>(problem.targets) + first;
      read_elements<V>(row, place, counts ? problem.classes : 0, inner(), aligned(), 0.0f, out);
      if (target.shift == 0) return;
#pragma unroll
      for (int v = 0; v < V; v++) out[v] = shifted_mass(out[v], target.shift);
    } else {
#pragma unroll
      for (int v = 0; v < V; v++) out[v] = place + v == label ? 1.0f : 0.0f;
    }
  }
  __device__ __forceinline__ float prediction(int place) const {
    if constexpr (L::kStaged) {
      return stage[padded(stage_first + place)];
    } else {
      float value = 0;
      with_element_type(problem.float_type, [&](auto* type) {
        using Element = typename std::remove_pointer<decltype(type)>::type;
        value = to_float(static_cast<const Element*>(problem.predictions)[first + place * inner()]);
      });
      return value;
    }
  }

  // The values that the store holds: exponentials for index targets, logits for distributions, or probabilities.
  __device__ __forceinline__ void read_values(int tile, float (&out)[V]) const {
    if constexpr (L::kInStage) {
      const int place = place_of(tile);
      read_stage<V>(stage, stage_first + place, valid_from(place), in_parts() ? -INFINITY : 0.0f, out);
    } else if constexpr (L::kHolds) {
      store.read(tile, place_of(tile), out);
    } else {
      read_predictions(place_of(tile), out);
#pragma unroll
      for (int v = 0; v < V; v++) out[v] = held(out[v]);
    }
  }
  __device__ __forceinline__ void exponentials(int tile, float (&high)[V]) const {
    read_values(tile, high);
    if (!in_parts()) return;
#pragma unroll
    for (int v = 0; v < V; v++) high[v] = exponential_in_parts(high[v], top).high;
  }
  __device__ __forceinline__ void exponentials(int tile, Parts (&out)[V]) const {
    float values[V];
    read_values(tile, values);
#pragma unroll
    for (int v = 0; v < V; v++) out[v] = in_parts() ? exponential_in_parts(values[v], top) : Parts{values[v], 0.0f};
  }

  __device__ __forceinline__ float gap(int j) const { return gap_behind(problem.ground, problem.classes, j); }

  __device__ __forceinline__ void hold_values(int tile, const float (&in)[V]) {
    if constexpr (L::kInStage) {
      const int place = place_of(tile);
      write_stage<V>(stage, stage_first + place, valid_from(place), in);
    } else if constexpr (L::kHolds) {
      store.write(tile, place_of(tile), in);
    }
  }

  __device__ __forceinline__ double mean_class_weight() {
    double mean = 0;
    ascend([&](int tile) {
      const int place = place_of(tile);
      float t[V];
      read_targets(place, t);
#pragma unroll
      for (int v = 0; v < V; v++) {
        if (place + v < problem.classes) mean += static_cast<double>(t[v]) * problem.class_weights[place + v];
      }
    });
    return group.sum(mean) * target.inverse;
  }

  // Takes predictions from the caller's memory to the store, with their sum and the cross entropy.
  __device__ __forceinline__ void take() {
    target = {};
    if (distribution()) add_up_target();
    broken = no_target = !target.valid;
    if (logits()) {
      take_logits();
    } else {
      take_probabilities();
    }
  }

  // Writes the gradient: alpha e_i (a_i - center) + gamma (p_i - t_i / S) from logits, and alpha (a_i - center) -
  // gamma t_i / (S p_i) from probabilities. `Form` gives a_i.
  template <class Form>
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    const float gamma_of_masses = gamma * static_cast<float>(target.inverse);
    const bool dominated = logits() && has_dominant_entry(sum);
    group.synchronize();  // the gradient may overwrite predictions that other threads read
    Real others = 0;
    int dominant = -1;
    Form::slopes(*this, [&](int tile, const float(&difference)[V], int from, int to) {
      const int place = place_of(tile);
      Parts e[V];
      exponentials(tile, e);
      float t[V] = {}, d[V];
      if (gamma != 0) read_targets(place, t);
#pragma unroll
      for (int v = 0; v < V; v++) {
        if (logits()) {
          d[v] = e[v].high * (alpha * difference[v]);
          if (gamma != 0) d[v] = fmaf(gamma_of_masses, excess(e[v], share, t[v]), d[v]);
        } else {
          d[v] = alpha * difference[v];
          if (gamma != 0 && t[v] != 0) {
            const float p = distribution() ? prediction_or_1(place + v) : own_prediction;
            // Below kLeastProbability the cross entropy is constant.
            if (!(p < kLeastProbability)) d[v] = limited(d[v] - gamma_of_masses * t[v] / p);
          }
        }
        const bool inside = place + v >= from && place + v < to;
        if (dominated && inside && is_top(e[v])) {
          dominant = place + v;
          d[v] = 0;
        }
        if (!counts) d[v] = 0;
        if (counts && broken) d[v] = nanf("");
        if (inside) others += static_cast<Real>(d[v]);
      }
      write(place, from, to, d);
    });
    if (!logits()) return;
    others = group.sum(others);
    if (dominant >= 0 && counts && !broken) write_one(dominant, left_by(static_cast<float>(others)));
  }

 private:
  __device__ __forceinline__ bool in_parts() const { return logits() && distribution(); }
  __device__ __forceinline__ float padding() const { return logits() ? -INFINITY : 0.0f; }

  __device__ __forceinline__ float held(float prediction) const {
    if (!logits()) return flushed(prediction);
    return distribution() ? prediction : exponential(prediction - top);
  }

  __device__ __forceinline__ bool is_top(const Parts& e) const { return e.high == 1.0f && e.low == 0.0f; }

  __device__ __forceinline__ float limited(float x) const {
    return fmaxf(fminf(x, problem.largest_gradient), -problem.largest_gradient);
  }

  __device__ __forceinline__ float prediction_or_1(int place) const {
    return counts && place < problem.classes ? prediction(place) : 1.0f;
  }

  __device__ __forceinline__ void add_up_target() {
    double mass = 0;
    bool valid = true;
    ascend([&](int tile) {
      float t[V];
      read_targets(place_of(tile), t);
#pragma unroll
      for (int v = 0; v < V; v++) {
        valid = valid && is_mass(bits_of_mass(t[v]));
        mass += exact_mass(t[v]);
      }
    });
    mass = group.sum(mass);
    target = SumOfMasses(mass, !group.any(!valid));
  }

  __device__ __forceinline__ void take_logits() {
    own_prediction = counts && !distribution() ? prediction(label) : 0.0f;
    top = -INFINITY;
    fetch([&](int tile, const float(&z)[V]) {
      if constexpr (!L::kInStage) hold_values(tile, z);  // shared memory holds them already
#pragma unroll
      for (int v = 0; v < V; v++) top = fmaxf(top, z[v]);
    });
    top = group.max(top);
    if constexpr (L::kInStage) group.synchronize();  // all threads have read the label's logit
    if (distribution()) {
      sum_in_parts();
    } else {
      sum_exponentials();
    }
    inverse = reciprocal(sum);
    share = parts_of(target.sum * inverse);
    broken = broken || !(sum <= 3.4e38);
  }

  __device__ __forceinline__ void sum_exponentials() {
    Real all = 0;
    ascend([&](int tile) {
      float e[V];
      if constexpr (L::kHolds) {
        if constexpr (L::kInStage) {
          read_predictions(place_of(tile), e);
        } else {
          store.read(tile, place_of(tile), e);
        }
#pragma unroll
        for (int v = 0; v < V; v++) e[v] = exponential(e[v] - top);
        hold_values(tile, e);
      } else {
        read_values(tile, e);
      }
      all += static_cast<Real>(sum_of(e));
    });
    sum = static_cast<double>(group.sum(all));
    cross_entropy = logf(static_cast<float>(sum)) - (counts ? own_prediction - top : 0.0f);
  }

  __device__ __forceinline__ void sum_in_parts() {
    double all = 0, dot = 0;
    ascend([&](int tile) {
      float z[V], t[V];
      read_values(tile, z);
      read_targets(place_of(tile), t);
#pragma unroll
      for (int v = 0; v < V; v++) {
        const Parts e = exponential_in_parts(z[v], top);
        all += static_cast<double>(e.high) + static_cast<double>(e.low);
        if (t[v] != 0) dot += static_cast<double>(t[v]) * (z[v] - top);
      }
    });
    sum = group.sum(all);
    cross_entropy = static_cast<float>(logf(static_cast<float>(sum)) - group.sum(dot) * target.inverse);
  }

  __device__ __forceinline__ void take_probabilities() {
    own_prediction = counts && !distribution() ? prediction(label) : 1.0f;
    if constexpr (L::kInStage) group.synchronize();
    double dot = 0;
    float check = 0;  // NaN where a probability is not finite
    ascend([&](int tile) {
      float p[V], t[V];
      read_predictions(place_of(tile), p);
      read_targets(place_of(tile), t);
#pragma unroll
      for (int v = 0; v < V; v++) {
        check += p[v] * 0.0f;
        if (t[v] != 0) dot += static_cast<double>(t[v]) * logf(clipped(p[v]));
        p[v] = flushed(p[v]);
      }
      hold_values(tile, p);
    });
    sum = inverse = 1;
    share = parts_of(target.sum);
    const bool finite = group.sum(check) == 0;  // not in a branch, as all groups of the warp take the step
    broken = broken || !finite;
    cross_entropy = static_cast<float>(-group.sum(dot) * target.inverse);
  }

  static __device__ __forceinline__ float sum_of(const float (&x)[V]) {
    float all = x[0];
#pragma unroll
    for (int v = 1; v < V; v++) all += x[v];
    return all;
  }

  __device__ __forceinline__ void write(int place, int from, int to, const float (&values)[V]) const {
    if constexpr (L::kStaged) {
      write_stage<V>(stage, stage_first + place, exists ? problem.classes - place : 0, values);
    } else {
      with_element_type(problem.float_type, [&](auto* type) {
        using Element = typename std::remove_pointer<decltype(type)>::type;
        Element* row = static_cast<Element*>(problem.gradient) + first;
        write_elements<V>(row, place, from, exists ? (to < problem.classes ? to : problem.classes) : 0, inner(),
                          aligned(), values);
      });
    }
  }
  __device__ __forceinline__ void write_one(int place, float value) const {
    if constexpr (L::kStaged) {
      stage[padded(stage_first + place)] = value;
    } else {
      with_element_type(problem.float_type, [&](auto* type) {
        using Element = typename std::remove_pointer<decltype(type)>::type;
        from_float(value, (static_cast<Element*>(problem.gradient) + first)[place * inner()]);
      });
    }
  }
};

}  // namespace semd::cuda
