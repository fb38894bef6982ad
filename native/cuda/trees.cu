#include "trees.cuh"

#include "kernel_table.cuh"

namespace semd::cuda {

const RowKernel* tree_kernels() {
  static const RowKernels kernels = row_kernels<Trees>();
  return kernels.of;
}

}  // namespace semd::cuda
