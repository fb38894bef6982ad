// The kernel of thread_rows/ and segmented_rows/, whose rows are copied to shared memory raw, as they are in device memory, and
// back again (block/raw_copy.cuh). Each group of threads takes one row after another, with a stride of the number of groups.
#pragma once

#include <cuda_pipeline_primitives.h>

#include "../block/shared_memory.h"
#include "epilogue.cuh"

namespace semd::cuda {

template <bool kPlain, class AnyRow>
static __device__ __forceinline__ void run_raw_rows(AnyRow& row, RowSums& sums) {
  const RowProblem& problem = row.problem;
  const int groups = row.groups(), own = row.own_group();
  const unsigned blocks = static_cast<unsigned>(row.blocks());
  const int64_t step = static_cast<int64_t>(gridDim.x / blocks) * groups;
  const int64_t start = problem.first_row + static_cast<int64_t>(blockIdx.x / blocks) * groups;
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
  // Short rows are so little work that every unneeded check counts, so plain problems have their own code.
  if (AnyRow::kRowsAreShort && problem.plain) {
    run_raw_rows<true>(row, sums);
  } else {
    run_raw_rows<false>(row, sums);
  }
  finish(problem, shared, sums);
}

}  // namespace semd::cuda
