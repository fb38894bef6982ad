#include "../kernels/thread_rows/trees.cuh"

#include "raw_rows_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> thread_tree_kernels_of_float32() {
  return {thread_row_kernel<ThreadTreeRow, float, 32, 4>(), thread_row_kernel<ThreadTreeDistributionRow, float, 32, 4>()};
}

}  // namespace semd::cuda
