#include "costs.cuh"

#include "kernel_table.cuh"

namespace semd::cuda {

const RowKernel* cost_kernels() {
  static const RowKernels kernels = row_and_pixel_kernels<Costs>();
  return kernels.of;
}

}  // namespace semd::cuda
