#include "one_pass.cuh"

#include "kernel_table.cuh"

namespace semd::cuda {

const RowKernel* one_pass_kernels() {
  static const RowKernels kernels = plain_kernels<OnePass>();
  return kernels.of;
}

}  // namespace semd::cuda
