#include "../kernels/thread_rows/trees.cuh"

#include "raw_rows_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> thread_tree_kernels() {
  return {thread_row_kernel<ThreadTreeRow, float, 32, 4>(),
          thread_row_kernel<ThreadTreeRow, __half, 32, 4>(),
          thread_row_kernel<ThreadTreeRow, __nv_bfloat16, 32, 4>(),
          thread_row_kernel<ThreadTreeDistributionRow, float, 32, 4>(),
          thread_row_kernel<ThreadTreeDistributionRow, __half, 32, 3>(),
          thread_row_kernel<ThreadTreeDistributionRow, __nv_bfloat16, 32, 3>()};
}

}  // namespace semd::cuda
