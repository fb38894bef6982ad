#include "differences.cuh"

#include "kernel_table.cuh"

namespace semd::cuda {

const FormKernels& difference_kernels() {
  static const FormKernels& kernels = *new FormKernels(row_and_pixel_kernels<Differences>());
  return kernels;
}

}  // namespace semd::cuda
