#include "../kernels/thread_rows/distributions.cuh"

#include "raw_rows_table.cuh"

namespace semd::cuda {

// Only up to 16 classes: kernels for up to 32 would take 45 seconds to compile.
std::vector<LossKernel> thread_distribution_kernels_of_float32() {
  return {thread_row_kernel<ThreadDistributionRow, float, 16, 5>()};
}

}  // namespace semd::cuda
