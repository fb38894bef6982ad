// What rows of logits with a class index have in common in thread_rows/ and segmented_rows/: the members that run_row
// (epilogue.cuh) reads, and how they follow from the sum of the exponentials and from E in units of them (mathematics, "One
// fused pass for class indices"). All threads of the row's group hold the same bits.
#pragma once

#include "../block/arithmetic.cuh"
#include "row_problem.h"

namespace semd::cuda {

template <class Group>
struct IndexRow {
  const RowProblem& problem;
  Group group;
  bool exists;  // some groups have no row in the last round, but must take every step
  bool counts;  // neither ignored nor of weight 0; otherwise the row's contents do not matter
  bool broken;  // the loss is NaN
  int label;    // always in range, whatever the caller's array says
  float inverse;  // 1 / the sum of the exponentials
  float cross_entropy;
  float emd;  // before normalization
  float gain;
  static constexpr bool no_target = false;

  static bool serves(const RowProblem& p) { return p.input == SEMD_LOGITS && !p.distribution(); }

  __device__ __forceinline__ IndexRow(const RowProblem& p, void* sums) : problem(p), group(sums, p.group_size) {}
  static __device__ __forceinline__ constexpr bool logits() { return true; }
  static __device__ __forceinline__ constexpr bool distribution() { return false; }
  static __device__ __forceinline__ double mean_class_weight() { return 0; }
  static __device__ __forceinline__ void begin(int64_t) {}

 protected:
  // `own` is the label's logit less the greatest one.
  __device__ __forceinline__ void close_sum(float sum, float own) {
    sum_ = sum;
    inverse = 1.0f / sum_;
    broken = !(sum_ <= 3.4e38f);
    cross_entropy = natural_logarithm(sum_) - own;
  }
  // `total` is E in units of the exponentials; divided by their sum it is also the gradient's center.
  __device__ __forceinline__ void close_emd(float total, bool squared) {
    emd = squared ? total * inverse * inverse : total * inverse;
    center_ = total * inverse;
    gain = squared ? 2 * inverse : 1.0f;
  }

  float sum_, center_;
};

}  // namespace semd::cuda
