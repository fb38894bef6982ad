// What all rows of logits with a class index share, in thread_rows/ and segmented_rows/: what run_row (epilogue.cuh) asks of
// them, and how the sum of the exponentials and E become what it multiplies. All threads of the row's group hold the same
// bits.
#pragma once

#include "../block/arithmetic.cuh"
#include "row_problem.h"

namespace semd::cuda {

template <class Group>
struct IndexRow {
  const RowProblem& problem;
  Group group;
  bool exists;  // some groups have no row in the last round; they take every step all the same
  bool counts;  // neither ignored nor without weight; else nothing that is read of the row counts
  bool broken;  // the loss is NaN
  int label;    // in range whatever the caller's array says
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
  // `own` is the label's logit less the greatest one, below which exponentials are taken.
  __device__ __forceinline__ void close_sum(float sum, float own) {
    sum_ = sum;
    inverse = 1.0f / sum_;
    broken = !(sum_ <= 3.4e38f);
    cross_entropy = natural_logarithm(sum_) - own;
  }
  // From the sum that E is in units of the exponentials, whose mean slope is also the gradient's center.
  __device__ __forceinline__ void close_emd(float total, bool squared) {
    emd = squared ? total * inverse * inverse : total * inverse;
    center_ = total * inverse;
    gain = squared ? 2 * inverse : 1.0f;
  }

  float sum_, center_;
};

}  // namespace semd::cuda
