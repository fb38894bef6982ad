#include "../kernels/tiled_rows/costs.cuh"

#include "../kernels/tiled_rows/table.cuh"

namespace semd::cuda {

const LossKernels& cost_kernels() {
  static const LossKernels& kernels = *new LossKernels(after(
      {cost_row_kernels_of_float32(), cost_row_kernels_of_float16(), cost_row_kernels_of_bfloat16()},
      tiled_and_pixel_kernels<Costs>()));
  return kernels;
}

}  // namespace semd::cuda
