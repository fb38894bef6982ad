// The walk of walk.cuh for rows of few classes: a thread has a row for itself, in registers. A warp's rows are one span of
// memory, which passes through shared memory.
#pragma once

#include "arithmetic.cuh"
#include "groups.cuh"
#include "launch.h"
#include "raw_copy.cuh"

namespace semd::cuda {

// Rows of up to kClasses classes, four of which are looked at together if the row has the first of them.
template <int kClassCount, class ElementType>
struct PerThread {
  using Group = Single;
  using Element = ElementType;
  static constexpr int kClasses = kClassCount;
};

// What run_row asks of a row.
template <class L>
class ThreadRow {
 public:
  using Layout = L;
  using Element = typename L::Element;
  static constexpr int V = L::kClasses;
  static constexpr int kPack = kPackOf<Element>;

  const RowProblem& problem;
  Single group;
  bool exists;
  bool counts;  // neither ignored nor without weight
  bool broken;  // the loss is NaN
  int label;    // in range whatever the caller's array says
  float inverse;
  float cross_entropy;
  float emd;  // before normalization
  float gain;
  static constexpr bool no_target = false;

  __device__ __forceinline__ ThreadRow(const RowProblem& p, void* sums, char* memory, int)
      : problem(p), group(sums), bfloat16_(p.float_type == SEMD_BFLOAT16), lane_(threadIdx.x % 32) {
    stage_ = raw_ = reinterpret_cast<Element*>(memory + threadIdx.x / 32 * thread_rows_bytes(p.classes, sizeof(Element)));
  }

  static __device__ __forceinline__ constexpr bool logits() { return true; }
  static __device__ __forceinline__ constexpr bool distribution() { return false; }
  static __device__ __forceinline__ double mean_class_weight() { return 0; }
  static __device__ __forceinline__ void begin(int64_t) {}

  // The rows of the warp of which the thread's is `row`.
  __device__ __forceinline__ void fetch(int64_t row) {
    const Element* from = static_cast<const Element*>(problem.predictions) + (row - lane_) * problem.classes;
    raw_ = stage_ + phase_of(from);
    if (problem.packed) {
      begin_copy<Spaced>(raw_, from, elements_from(row - lane_), lane_, 32);
    } else {
      begin_copy<Dense>(raw_, from, elements_from(row - lane_), lane_, 32);
    }
  }
  __device__ __forceinline__ void deliver(int64_t row) const {
    Element* to = static_cast<Element*>(problem.gradient) + (row - lane_) * problem.classes;
    if (problem.packed) {
      copy_back<Spaced>(to, raw_, elements_from(row - lane_), lane_, 32);
    } else {
      copy_back<Dense>(to, raw_, elements_from(row - lane_), lane_, 32);
    }
  }

  __device__ __forceinline__ void synchronize() { __syncwarp(); }

  // From logits to exponentials, their sums, and the cross entropy.
  __device__ __forceinline__ void take() {
    __pipeline_wait_prior(0);
    synchronize();
    Element& at_label = *element(label);
    const float own = counts ? decoded(at_label, bfloat16_) : 0.0f;
    if (counts) encode(-INFINITY, bfloat16_, at_label);  // the label's mass stays where it is
    read();
    float top = own;
    in_fours([&](int v) { top = fmaxf(top, e_[v]); });
    float mass = 0;
    in_fours([&](int v) {
      e_[v] = exponential(e_[v] - top);
      mass += e_[v];
    });
    in_fours([&](int v) { e_[v] = v == label ? -mass : e_[v]; });
    own_e_ = exponential(own - top);
    sum_ = mass + own_e_;
    inverse = 1.0f / sum_;
    broken = !(sum_ <= 3.4e38f);
    cross_entropy = logf(sum_) - (own - top);
  }

  __device__ __forceinline__ void measure() {
    const float* gaps = problem.ground.gaps;
    const bool circle = problem.ground.kind == SEMD_CIRCULAR;
    Parts mean{0, 0};
    if (circle) {
      float all = 0, moved = 0;
      in_fours([&](int v) {
        moved += e_[v];
        all += gaps ? gaps[v] * moved : v < problem.classes ? moved : 0.0f;
      });
      mean = parts_of(static_cast<double>(all) * problem.ground.inverse_total_gap);
    }
    float moved = 0, slopes = 0, sizes = 0, total = 0, center = 0;
    slope_to_label_ = 0;
    in_fours([&](int v) {
      moved += e_[v];
      float x = moved;
      if (circle) {
        x = v < problem.classes ? (moved - mean.high) - mean.low : 0.0f;
        if (v == label) slope_to_label_ = slopes;
      }
      const float slope = gaps ? gaps[v] * x : x;
      slopes_[v] = slopes;
      slopes += slope;
      sizes += fabsf(slope);
      total = fmaf(slope, x, total);
      if (circle) center = fmaf(slope, moved, center);
    });
    // On the line slopes are positive in front of the label, and negative behind it.
    if (!circle) slope_to_label_ = 0.5f * (slopes + sizes);
    emd = total * inverse * inverse;
    center_ = (circle ? center : total) * inverse;
    gain = 2 * inverse;
  }

  // alpha e_i (A_i - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    const bool dominated = sum_ < 2;
    const float level = fmaf(alpha, slope_to_label_ - center_, gamma * inverse);
    float own = own_e_ * fmaf(alpha, -center_, gamma * inverse) - gamma;
    int dominant = -1;
    if (dominated && own_e_ != 1) in_fours([&](int v) { dominant = e_[v] == 1.0f ? v : dominant; });
    in_fours([&](int v) { e_[v] *= fmaf(-alpha, slopes_[v], level); });
    write();
    float others = 0;
    if (dominated) in_fours([&](int v) { others += v == label || v == dominant ? 0.0f : e_[v]; });
    // The entry that is close to 1 is what the others leave (mathematics, "The dominant entry").
    if (dominated && dominant >= 0) encode(-(others + own), bfloat16_, *element(dominant));
    if (dominated && own_e_ == 1) own = -others;
    encode(own, bfloat16_, *element(label));
    if (!counts || broken) {
      for (int v = 0; v < problem.classes; v++) encode(counts ? nanf("") : 0.0f, bfloat16_, *element(v));
    }
  }

 private:
  __device__ __forceinline__ int elements_from(int64_t first) const {
    const int64_t left = problem.rows - first;
    return (left >= 32 ? 32 : left > 0 ? static_cast<int>(left) : 0) * problem.classes;
  }
  __device__ __forceinline__ Element* element(int v) const {
    const int place = lane_ * problem.classes + v;
    return raw_ + (problem.packed ? Spaced::place(place / kPack) * kPack + place % kPack : place);
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

  // -Infinity behind the row's end.
  __device__ __forceinline__ void read() {
    if (problem.packed) {
      const int first = lane_ * problem.classes / kPack;
#pragma unroll
      for (int v = 0; v < V; v += kPack) {
        if (v >= problem.classes) continue;
        const auto pack = RawPack<Element>::read(raw_ + Spaced::place(first + v / kPack) * kPack);
#pragma unroll
        for (int k = 0; k < kPack; k++) e_[v + k] = counts ? decoded(pack.v[k], bfloat16_) : -INFINITY;
      }
    } else {
      const Element* row = raw_ + lane_ * problem.classes;
#pragma unroll
      for (int v = 0; v < V; v++) {
        e_[v] = -INFINITY;
        if (counts && v < problem.classes) e_[v] = decoded(row[v], bfloat16_);
      }
    }
  }
  __device__ __forceinline__ void write() const {
    if (problem.packed) {
      const int first = lane_ * problem.classes / kPack;
#pragma unroll
      for (int v = 0; v < V; v += kPack) {
        if (v >= problem.classes) continue;
        RawPack<Element> pack;
#pragma unroll
        for (int k = 0; k < kPack; k++) encode(e_[v + k], bfloat16_, pack.v[k]);
        pack.write(raw_ + Spaced::place(first + v / kPack) * kPack);
      }
    } else {
      Element* row = raw_ + lane_ * problem.classes;
#pragma unroll
      for (int v = 0; v < V; v++) {
        if (v < problem.classes) encode(e_[v], bfloat16_, row[v]);
      }
    }
  }

  bool bfloat16_;
  int lane_;
  Element *stage_, *raw_;  // of the warp's rows; the first logit, then the gradient's first entry
  float e_[V], slopes_[V];  // exponentials, the jump in the label's place
  float own_e_, sum_, slope_to_label_, center_;
};

}  // namespace semd::cuda
