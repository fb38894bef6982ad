#include "trees.cuh"

#include "kernel_table.cuh"

namespace semd::cuda {

const FormKernels& tree_kernels() {
  static const FormKernels& kernels = *new FormKernels(row_kernels<Trees>());
  return kernels;
}

}  // namespace semd::cuda
