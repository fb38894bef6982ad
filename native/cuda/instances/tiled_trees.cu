#include "../kernels/tiled_rows/trees.cuh"

#include "../kernels/tiled_rows/table.cuh"

namespace semd::cuda {

const LossKernels& tree_kernels() {
  static const LossKernels& kernels = *new LossKernels(after(
      {thread_tree_kernels(), segmented_tree_kernels_of_float32(), segmented_tree_kernels_of_float16(),
       segmented_tree_kernels_of_bfloat16()},
      tiled_kernels<Trees>()));
  return kernels;
}

}  // namespace semd::cuda
