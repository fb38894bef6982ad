// A thread per row: logits with a class index on the line and the circle, power 2, of up to 64 classes. The form is the one-pass
// form as in segmented_rows/row.cuh: D_j is the mass that crosses boundary j, q_j = w_j D_j, E = sum q_j D_j, and A_i the sum of
// the slopes between i and the label. The row is in registers, and loops are unrolled. The rows of a warp are one span of
// memory, which passes through shared memory.
#pragma once

#include "../../block/arithmetic.cuh"
#include "../../block/elements.cuh"
#include "../../block/groups.cuh"
#include "../../block/raw_copy.cuh"
#include "../../block/runs.cuh"
#include "../../block/shared_sizes.h"
#include "../dominant_entry.cuh"
#include "../index_row.cuh"

namespace semd::cuda {

// The layout of rows of up to kClasses classes, which are worked on in groups of four as far as the row has the first of them.
// With many classes only the line with gaps of 1 is served, the most common ground distance.
template <int kClassCount, class ElementType>
struct PerThread {
  using Group = Single;
  using Element = ElementType;
  static constexpr int kClasses = kClassCount;
  static constexpr bool kOnlyUnitLine = kClasses > 32;
  static constexpr bool kKeepsSlopes = kClasses <= 16;  // otherwise registers are short, and slopes are added up again
};

template <class L>
class ThreadRow : public IndexRow<Single> {
 public:
  using Layout = L;
  using Element = typename L::Element;
  static constexpr int V = L::kClasses;
  static constexpr int kPack = kPackOf<Element>;

  using Index = IndexRow<Single>;
  using Index::problem, Index::group, Index::exists, Index::counts, Index::broken, Index::label, Index::inverse,
      Index::cross_entropy, Index::emd, Index::gain;
  static constexpr bool kRowsAreShort = V <= 32;

  static bool serves(const RowProblem& p) {
    return Index::serves(p) && (p.ground.unit_line || (!L::kOnlyUnitLine && p.ground.dominant < 0));
  }

  __device__ __forceinline__ ThreadRow(const RowProblem& p, void* sums, char* memory)
      : Index(p, sums), lane_(threadIdx.x % 32) {
    memory_ = reinterpret_cast<Element*>(memory + threadIdx.x / 32 * thread_rows_bytes(p.classes, sizeof(Element)));
  }

  // The shared memory of a block.
  static __host__ __device__ constexpr size_t memory_bytes(int classes, int threads) {
    return static_cast<size_t>(threads / 32) * thread_rows_bytes(classes, sizeof(Element));
  }
  static __device__ __forceinline__ int groups() { return blockDim.x; }
  static __device__ __forceinline__ constexpr int blocks() { return 1; }
  static __device__ __forceinline__ int own_group() { return threadIdx.x; }

  // Begins to copy the warp's rows; the thread's own is `row`.
  __device__ __forceinline__ void fetch(int64_t row) {
    const int64_t first = row - lane_, left = problem.rows - first;
    elements_ = (left >= 32 ? 32 : left > 0 ? static_cast<int>(left) : 0) * problem.classes;
    const Element* from = static_cast<const Element*>(problem.predictions) + first * problem.classes;
    raw_ = memory_ + (problem.packed ? 0 : phase_of(from));
    begin_copy<Spaced>(problem.packed, raw_, from, elements_, lane_, 32);
  }
  __device__ __forceinline__ void deliver(int64_t row) const {
    Element* to = static_cast<Element*>(problem.gradient) + (row - lane_) * problem.classes;
    if (problem.kinds && !__all_sync(kWholeWarp, exists || row >= problem.rows)) return deliver_own_rows(to);
    copy_back<Spaced>(problem.packed, to, raw_, elements_, lane_, 32);
  }
  __device__ __forceinline__ void synchronize() { __syncwarp(); }

  // From logits to exponentials, their sums, and the cross entropy.
  __device__ __forceinline__ void take() {
    arrive();
    const float own = own_logit();
    if (counts) from_float(-INFINITY, *at_label_);  // the label's own mass does not move
    read();
    float top = own;
    in_fours([&](int v) { top = fmaxf(top, e_[v]); });
    Run mass;
    in_fours([&](int v) { mass.add(v, e_[v] = exponential(e_[v] - top)); });
    mass_ = mass.total();
    own_e_ = exponential(own - top);
    this->close_sum(mass_ + own_e_, own - top);
  }

  __device__ __forceinline__ void measure() {
    if (is_unit_line()) {
      measure_as<true>();
    } else if constexpr (!L::kOnlyUnitLine) {
      measure_as<false>();
    }
  }

  // alpha e_i (A_i - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    const float level = fmaf(alpha, slope_to_label_ - center_, gamma * inverse);
    const float own = own_e_ * fmaf(alpha, -center_, gamma * inverse) - gamma;
    OtherEntries others;
    const auto differentiate = [&](int v, float slopes) {
      const bool is_top = e_[v] == 1.0f;
      e_[v] *= fmaf(-alpha, slopes, level);
      others.add(v, is_top, e_[v]);
    };
    if (L::kKeepsSlopes) {
      in_fours([&](int v) { differentiate(v, slopes_[v % kKept]); });
    } else if (is_unit_line()) {
      each_boundary<true>([&](int v, float slopes, float, float, float) { differentiate(v, slopes); });
    } else if constexpr (!L::kOnlyUnitLine) {
      each_boundary<false>([&](int v, float slopes, float, float, float) { differentiate(v, slopes); });
    }
    write();
    write_own(others.sum, own, others.dominant);
  }

 protected:
  // Delivers only the rows that belong to this launch.
  __device__ __forceinline__ void deliver_own_rows(Element* to) const {
    const unsigned own = __ballot_sync(kWholeWarp, exists);
#pragma unroll 1
    for (int i = lane_; i < elements_; i += 32) {
      if (own >> i / problem.classes & 1) to[i] = *element_of_warp(i);
    }
  }

  // Writes the label's entry and the dominant one, once the others are written, whose sum is `others`.
  __device__ __forceinline__ void write_own(float others, float own, int dominant) const {
    own = settle_entries(has_dominant_entry(sum_), own_e_ == 1, dominant, others, own,
                         [&](int v, float entry) { from_float(entry, *element(v)); });
    from_float(own, *at_label_);
    fill_void_row();
  }

  // Waits for the warp's rows and finds the thread's own.
  __device__ __forceinline__ void arrive() {
    __pipeline_wait_prior(0);
    synchronize();
    own_row_ = raw_ + lane_ * problem.classes;
    at_label_ = element(label);
  }
  __device__ __forceinline__ float own_logit() const { return counts ? to_float(*at_label_) : 0.0f; }

  // Overwrites the gradient of a row that is broken (NaN) or does not count (0).
  __device__ __forceinline__ void fill_void_row() const {
    if (counts && !broken) return;
    const float value = counts ? nanf("") : 0.0f;
#pragma unroll 1
    for (int v = 0; v < problem.classes; v++) from_float(value, *element(v));
  }

  static constexpr int kKept = L::kKeepsSlopes ? V : 1;

  __device__ __forceinline__ bool is_unit_line() const { return L::kOnlyUnitLine || problem.ground.unit_line; }

  // Like gap_behind, except for the line with gaps of 1, which has code of its own. `gaps` has zeros up to a multiple of four.
  __device__ __forceinline__ float gap(int v) const {
    const float* gaps = problem.ground.gaps;
    return gaps ? gaps[v] : v < problem.classes ? 1.0f : 0.0f;
  }

  // Calls body(v, slopes of the boundaries in front of class v, slope of the one behind it, moved mass there less the mean, moved
  // mass), which may change v's exponential.
  template <bool kUnitLine, class Body>
  __device__ __forceinline__ void each_boundary(Body body) const {
    Run run;
    float slopes = 0;
    in_fours([&](int v) {
      run.add(v, kUnitLine && v == label ? -mass_ : e_[v]);
      if (!kUnitLine && v == label) run = {-rest_, 0.0f};  // restarts, so that it is not a difference of larger numbers
      const float moved = run.total();
      const float x = kUnitLine ? moved : (moved - mean_.high) - mean_.low;
      const float slope = kUnitLine ? x : gap(v) * x;
      body(v, slopes, slope, x, moved);
      slopes += slope;
    });
  }

  // The mass behind the label, and the weighted mean of moved mass over the circle, which is 0 on the line.
  __device__ __forceinline__ void find_mean() {
    Run rest;
    in_fours([&](int v) { rest.add(v, v > label ? e_[v] : 0.0f); });
    rest_ = rest.total();
    mean_ = {0, 0};
    if (!problem.ground.circular) return;
    MeanOfMoved mean;
    each_boundary<false>([&](int v, float, float slope, float, float) { mean.add(v, slope); });
    mean_ = parts_of(mean.total() * problem.ground.inverse_total_gap);
  }

  template <bool kUnitLine>
  __device__ __forceinline__ void measure_as() {
    if (!kUnitLine) find_mean();
    float all = 0, sizes = 0, own_slopes = 0, total = 0, center = 0;
    each_boundary<kUnitLine>([&](int v, float slopes, float slope, float x, float moved) {
      if (!kUnitLine) own_slopes = v == label ? slopes : own_slopes;
      if (!kUnitLine) center = fmaf(slope, moved, center);
      if (kUnitLine) sizes += fabsf(slope);
      if (L::kKeepsSlopes) slopes_[v % kKept] = slopes;
      total = fmaf(slope, x, total);
      all = slopes + slope;
    });
    // Slopes are positive in front of the label and negative behind it, so sum and sum of magnitudes give those in front.
    slope_to_label_ = kUnitLine ? 0.5f * (all + sizes) : own_slopes;
    this->close_emd(total, true);
    if (!kUnitLine) center_ = center * inverse;
  }

  __device__ __forceinline__ Element* element(int v) const {
    return problem.packed ? element_of_warp(lane_ * problem.classes + v) : own_row_ + v;
  }
  __device__ __forceinline__ Element* element_of_warp(int place) const {
    return problem.packed ? raw_ + Spaced::slot(place / kPack) * kPack + place % kPack : raw_ + place;
  }

  template <class Body>
  __device__ __forceinline__ void in_fours(Body body) const {
#pragma unroll
    for (int v = 0; v < V; v += 4) {
      if (v < problem.classes) {
#pragma unroll
        for (int k = 0; k < 4; k++) body(v + k);
      }
    }
  }

  // Reads the logits, and -Infinity behind the row's end.
  __device__ __forceinline__ void read() {
    if (problem.packed) {
      const int first = lane_ * problem.classes / kPack;
#pragma unroll
      for (int v = 0; v < V; v += kPack) {
        if (v >= problem.classes) continue;
        const auto pack = RawPack<Element>::read(raw_ + Spaced::slot(first + v / kPack) * kPack);
#pragma unroll
        for (int k = 0; k < kPack; k++) e_[v + k] = to_float(pack.v[k]);
      }
    } else if (has_rows_of_pairs<Element>(problem.predictions, problem.classes)) {
#pragma unroll
      for (int v = 0; v < V; v += 2) {
        float pair[2] = {-INFINITY, -INFINITY};
        if (v < problem.classes) read_neighbours(own_row_ + v, true, pair);
        e_[v] = pair[0];
        e_[v + 1] = pair[1];
      }
    } else {
#pragma unroll
      for (int v = 0; v < V; v++) {
        e_[v] = -INFINITY;
        if (v < problem.classes) e_[v] = to_float(own_row_[v]);
      }
    }
  }
  __device__ __forceinline__ void write_pair(Element* to, int v) const {
    const float pair[2] = {e_[v], e_[v + 1]};
    write_neighbours(to, true, pair);
  }
  __device__ __forceinline__ void write() const {
    if (problem.packed) {
      const int first = lane_ * problem.classes / kPack;
#pragma unroll
      for (int v = 0; v < V; v += kPack) {
        if (v >= problem.classes) continue;
        RawPack<Element> pack;
#pragma unroll
        for (int k = 0; k < kPack; k += 2) write_pair(pack.v + k, v + k);
        pack.write(raw_ + Spaced::slot(first + v / kPack) * kPack);
      }
    } else if (has_rows_of_pairs<Element>(problem.predictions, problem.classes)) {
#pragma unroll
      for (int v = 0; v < V; v += 2) {
        if (v < problem.classes) write_pair(own_row_ + v, v);
      }
    } else {
#pragma unroll
      for (int v = 0; v < V; v++) {
        if (v < problem.classes) from_float(e_[v], own_row_[v]);
      }
    }
  }

  int lane_, elements_;     // elements_: of all rows of the warp
  Element *memory_, *raw_;   // of the warp's rows: their memory; the first logit there, later the gradient's first entry
  Element *own_row_, *at_label_;
  float e_[V];  // exponentials, with 0 in the label's place
  float slopes_[kKept];
  float own_e_, mass_, rest_, slope_to_label_;
  Parts mean_{0, 0};
};

}  // namespace semd::cuda
