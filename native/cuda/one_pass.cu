#include "one_pass.cuh"

#include "kernel_table.cuh"

namespace semd::cuda {

const FormKernels& one_pass_kernels() {
  static const FormKernels& kernels = *new FormKernels(plain_kernels<OnePass>());
  return kernels;
}

}  // namespace semd::cuda
