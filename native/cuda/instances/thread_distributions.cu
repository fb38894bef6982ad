#include "../kernels/thread_rows/distributions.cuh"

#include "raw_rows_table.cuh"

namespace semd::cuda {

// Rows of 17 to 32 classes would take three quarters of a minute to compile.
std::vector<LossKernel> thread_distribution_kernels_of_float32() {
  return {thread_row_kernel<ThreadDistributionRow, float, 16, 5>()};
}

}  // namespace semd::cuda
