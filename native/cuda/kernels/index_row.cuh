// What run_row (tiled_rows_kernel.cuh) asks of every row of logits with a class index; all threads of the row's group hold the same
// bits.
#pragma once

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
  float inverse;
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
};

}  // namespace semd::cuda
