#include "../kernels/tiled_rows/trees.cuh"

#include "../kernels/tiled_rows/table.cuh"

namespace semd::cuda {

const LossKernels& tree_kernels() {
  static const LossKernels& kernels = *new LossKernels(
      with_raw_rows(tiled_kernels<Trees>(), thread_tree_kernels_of_float32(), {}));
  return kernels;
}

}  // namespace semd::cuda
