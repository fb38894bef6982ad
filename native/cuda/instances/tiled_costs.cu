#include "../kernels/tiled_rows/costs.cuh"

#include "../kernels/tiled_rows/table.cuh"

namespace semd::cuda {

const LossKernels& cost_kernels() {
  static const LossKernels& kernels = *new LossKernels(
      with_raw_rows(tiled_and_pixel_kernels<Costs>(), cost_row_kernels_of_float32(), cost_row_kernels_of_float16()));
  return kernels;
}

}  // namespace semd::cuda
