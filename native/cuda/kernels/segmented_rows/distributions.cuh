// Segmented rows (row.cuh): what logits with a distribution t have in common, whatever the ground distance (differences.cuh,
// trees.cuh): the sum S of its masses, the exponentials in two parts, S p_i - t_i, the cross entropy and the gradient
// (mathematics, "Targets").
#pragma once

#include "../masses.cuh"
#include "row.cuh"

namespace semd::cuda {

// Beside the exponentials lie the targets, and what the exponentials have lost to rounding, in whose place S p_i - t_i comes.
template <class L>
class SegmentedDistribution : public SegmentedRow<L> {
 public:
  using Base = SegmentedRow<L>;
  using typename Base::Element;
  using Base::problem, Base::group, Base::exists, Base::counts, Base::broken, Base::inverse, Base::cross_entropy;
  static constexpr int kArrays = 2;
  bool no_target;  // the row of targets is not a distribution

  static __device__ __forceinline__ constexpr bool distribution() { return true; }

  __device__ __forceinline__ void fetch(int64_t row) {
    Base::fetch(row);
    const float* from = static_cast<const float*>(problem.targets) + row * problem.classes;
    targets_ = arrays_ + phase_of(from);
    if (exists) begin_copy<Dense>(false, targets_, from, problem.classes, group.rank, group.size());
    targets_by_pairs_ = !L::kWide && phase_of(from) % 2 == 0;
    targets_ += begin_;
  }

  // From logits to exponentials, their sum, S p_i - t_i, and the cross entropy.
  __device__ __forceinline__ void take() {
    this->arrive();
    const float top = group.max(highest_and_masses());
    masses_ = find_sum_of_masses(group, counts, count_, [&](int v) -> float& { return targets_[v]; }, own_masses_);
    const float of_masses = static_cast<float>(masses_.inverse);
    Compensated sum;
    Run dot;
    top_place_ = -1;
    this->in_eights([&](int v, auto count) {
      constexpr int kCount = decltype(count)::value;
      float high[kCount], low[kCount], t[kCount];
      this->read_logits(v, high);
      read_targets(v, t);
#pragma unroll
      for (int k = 0; k < kCount; k++) {
        const float z = high[k], share = t[k] * of_masses;
        const Parts e = exponential_in_parts(z, top);
        if (z == top) top_place_ = v + k;
        high[k] = e.high;
        low[k] = e.low;
        sum.add(e.high);
        sum.add_small(e.low);
        dot.add(v + k, share != 0 ? share * (z - top) : 0.0f);
      }
      write_neighbours(values_ + v, !L::kWide, high);
      write_neighbours(excess_ + v, !L::kWide, low);
    });
    own_sum_ = sum.total();
    const double all = group.sum(own_sum_);
    const float mean_logit = static_cast<float>(group.sum(static_cast<double>(dot.total())));
    no_target = !masses_.valid;
    broken = no_target || !(all <= 3.4e38);
    dominated_ = has_dominant_entry(all);
    inverse_ = reciprocal(all);
    inverse = static_cast<float>(inverse_);
    cross_entropy = logf(static_cast<float>(all)) - mean_logit;
  }

  __device__ __forceinline__ double mean_class_weight() {
    double mean = 0;
#pragma unroll 1
    for (int v = 0; v < count_; v++) mean += static_cast<double>(targets_[v]) * problem.class_weights[begin_ + v];
    return group.sum(mean) * masses_.inverse;
  }

 protected:
  using Base::arrays_, Base::begin_, Base::count_, Base::raw_, Base::values_;

  __device__ __forceinline__ SegmentedDistribution(const RowProblem& p, void* sums, char* memory, int classes, int arrays)
      : Base(p, sums, memory, classes, arrays),
        excess_(arrays_ + SegmentMemory(classes, group.size(), sizeof(Element)).numbers / sizeof(float) + begin_) {}

  // What the thread's classes have more than they should: the sum of S p_i - t_i.
  __device__ __forceinline__ double own_excess() const { return own_sum_ * (masses_.sum * inverse_) - own_masses_; }
  __device__ __forceinline__ float own_share() const { return static_cast<float>(own_sum_); }  // sum of the exponentials

  // Finds S p_i - t_i, and calls body(v, e, x) for each stretch of classes from v on: their exponentials, and their S p_i - t_i.
  template <class Body>
  __device__ __forceinline__ void find_excess(Body body) {
    const Parts share = parts_of(masses_.sum * inverse_);
    this->in_eights([&](int v, auto count) {
      constexpr int kCount = decltype(count)::value;
      float e[kCount], x[kCount], t[kCount];
      this->read_values(v, e);
      read_excess(v, x);
      read_targets(v, t);
#pragma unroll
      for (int k = 0; k < kCount; k++) x[k] = semd::cuda::excess({e[k], x[k]}, share, t[k]);
      write_neighbours(excess_ + v, !L::kWide, x);
      body(v, e, x);
    });
  }
  // The same, once they are found.
  template <class Body>
  __device__ __forceinline__ void each_excess(Body body) const {
    this->in_eights([&](int v, auto count) {
      constexpr int kCount = decltype(count)::value;
      float e[kCount], x[kCount];
      this->read_values(v, e);
      read_excess(v, x);
      body(v, e, x);
    });
  }

  // Writes alpha e_i (a_i - center) + gamma (p_i - t_i / S). `slopes_of(v, x, out)` must find alpha (a_i - center) for each
  // stretch of classes from v on, whose S p_i - t_i are x.
  template <class Slopes>
  __device__ __forceinline__ void write_slopes(float gamma, Slopes slopes_of) {
    gamma *= static_cast<float>(masses_.inverse);
    each_excess([&](int v, auto& e, const auto& x) {
      constexpr int kCount = sizeof e / sizeof *e;
      float slopes[kCount];
      slopes_of(v, x, slopes);
#pragma unroll
      for (int k = 0; k < kCount; k++) e[k] = fmaf(gamma, x[k], e[k] * slopes[k]);
      this->write_entries(v, e, dominated_);
    });
    settle();
  }
  // Writes the dominant entry once the others are there, and void rows.
  __device__ __forceinline__ void settle() {
    const int dominant = dominated_ ? top_place_ : -1;
    float others = 0;
    if (dominated_) others = this->all_but(dominant, dominant);
    // All threads of a block agree on whether there is a dominant entry; the rows of a warp may differ.
    if (L::Group::kSize != 0 || dominated_) others = group.sum(others);
    if (dominant >= 0) from_float(left_by(others), raw_[begin_ + dominant]);
    this->fill_void_row();
  }

  float* targets_;  // of the thread's segment, as the two below
  float* excess_;   // S p_i - t_i; before it is found, the low parts of the exponentials
  double inverse_;
  SumOfMasses masses_;

 private:
  template <int kCount>
  __device__ __forceinline__ void read_excess(int v, float (&out)[kCount]) const {
    read_neighbours(excess_ + v, !L::kWide, out);
  }
  template <int kCount>
  __device__ __forceinline__ void read_targets(int v, float (&out)[kCount]) const {
    read_neighbours(targets_ + v, targets_by_pairs_, out);
  }

  // Returns the thread's greatest logit, and leaves the plain sum of its masses in `own_masses_`.
  __device__ __forceinline__ float highest_and_masses() {
    PlainSumOfMasses sum;
    this->in_eights([&](int v, auto count) {
      float t[decltype(count)::value];
      read_targets(v, t);
      for (const float one : t) sum.add(one);
    });
    own_masses_ = sum.total();
    return this->highest(-INFINITY);
  }

  double own_sum_, own_masses_;  // of the thread's exponentials, and of its masses
  bool targets_by_pairs_, dominated_;
  int top_place_;  // in the segment
};

}  // namespace semd::cuda
