#include "../kernels/thread_distributions.cuh"

#include "../kernels/walk_table.cuh"

namespace semd::cuda {

// Rows of 17 to 32 classes would take three quarters of a minute to compile.
std::vector<RowKernel> thread_distribution_kernels_of_float32() {
  return {thread_row_kernel<DistributedThreadRow, float, 16, 5>()};
}

}  // namespace semd::cuda
