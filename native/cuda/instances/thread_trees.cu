#include "../kernels/thread_rows/trees.cuh"

#include "../kernels/raw_rows_table.cuh"

namespace semd::cuda {

std::vector<RowKernel> thread_tree_kernels_of_float32() {
  return {thread_row_kernel<TreeThreadRow, float, 32, 4>(), thread_row_kernel<DistributedTreeThreadRow, float, 32, 4>()};
}

}  // namespace semd::cuda
