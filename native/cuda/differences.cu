#include "differences.cuh"

#include "kernel_table.cuh"

namespace semd::cuda {

const RowKernel* difference_kernels() {
  static const RowKernels kernels = row_and_pixel_kernels<Differences>();
  return kernels.of;
}

}  // namespace semd::cuda
