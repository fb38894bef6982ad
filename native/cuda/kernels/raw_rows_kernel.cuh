// The loss of all rows that come to shared memory raw, as they are in device memory, and go back the same way
// (block/raw_copy.cuh): thread_rows/ and segmented_rows/. Each group of threads takes a row, then the row as many further on
// as there are groups.
#pragma once

#include <cuda_pipeline_primitives.h>

#include "../block/shared_memory.h"
#include "epilogue.cuh"

namespace semd::cuda {

template <bool kPlain, class AnyRow>
static __device__ __forceinline__ void run_raw_rows(AnyRow& row, RowSums& sums) {
  const RowProblem& problem = row.problem;
  const int groups = row.groups(), own = row.own_group();
  const int64_t step = static_cast<int64_t>(gridDim.x) * groups;
  const int64_t start = problem.first_row + static_cast<int64_t>(blockIdx.x) * groups;
  for (int64_t begin = start; begin < problem.rows; begin += step) {
    row.exists = kPlain ? begin + own < problem.rows : is_own(problem, begin + own);
    if (!kPlain && problem.kinds && !row.group.any_together(row.exists)) continue;
    row.fetch(begin + own);
    __pipeline_commit();
    run_row<kPlain>(row, begin + own, sums);
    row.synchronize();
    if (problem.gradient) row.deliver(begin + own);
    row.synchronize();
  }
}

template <class AnyRow, int kThreads, int kBlocks>
__global__ void __launch_bounds__(kThreads, kBlocks) raw_rows_kernel(const RowProblem problem) {
  if (!has_rows(problem)) return;
  char* shared = shared_memory<char>();
  AnyRow row(problem, shared, shared + kSumBytes);
  RowSums sums;
  // Where a row is so little work that what it does not need counts, plain problems have code of their own.
  if (AnyRow::kRowsAreShort && problem.plain) {
    run_raw_rows<true>(row, sums);
  } else {
    run_raw_rows<false>(row, sums);
  }
  finish(problem, shared, sums);
}

}  // namespace semd::cuda
