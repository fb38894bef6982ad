#include "../kernels/tiled_rows/trees.cuh"

#include "../kernels/tiled_rows/table.cuh"

namespace semd::cuda {

const FormKernels& tree_kernels() {
  static const FormKernels& kernels = *new FormKernels(
      with_walks(row_kernels<Trees>(), thread_tree_kernels_of_float32(), {}));
  return kernels;
}

}  // namespace semd::cuda
