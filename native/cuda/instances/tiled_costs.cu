#include "../kernels/tiled_rows/costs.cuh"

#include "../kernels/tiled_rows/table.cuh"

namespace semd::cuda {

const FormKernels& cost_kernels() {
  static const FormKernels& kernels = *new FormKernels(
      with_walks(row_and_pixel_kernels<Costs>(), costed_row_kernels_of_float32(), costed_row_kernels_of_float16()));
  return kernels;
}

}  // namespace semd::cuda
