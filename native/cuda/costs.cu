#include "costs.cuh"

#include "kernel_table.cuh"

namespace semd::cuda {

const FormKernels& cost_kernels() {
  static const FormKernels& kernels = *new FormKernels(row_and_pixel_kernels<Costs>());
  return kernels;
}

}  // namespace semd::cuda
