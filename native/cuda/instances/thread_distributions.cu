#include "../kernels/thread_rows/distributions.cuh"

#include "raw_rows_table.cuh"

namespace semd::cuda {

// Only up to 16 classes: with more of them, registers are short, and two threads share a row.
std::vector<LossKernel> thread_distribution_kernels() {
  return {thread_row_kernel<ThreadDistributionRow, float, 16, 5>(), thread_row_kernel<ThreadDistributionRow, __half, 16, 5>(),
          thread_row_kernel<ThreadDistributionRow, __nv_bfloat16, 16, 5>()};
}

}  // namespace semd::cuda
