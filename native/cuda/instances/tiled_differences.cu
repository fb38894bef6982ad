#include "../kernels/tiled_rows/differences.cuh"

#include "../kernels/tiled_rows/table.cuh"

namespace semd::cuda {

const LossKernels& difference_kernels() {
  static const LossKernels& kernels = *new LossKernels(after(
      {thread_distribution_kernels_of_float32(), segmented_distribution_kernels_of_float32(),
       segmented_distribution_kernels_of_float16(), segmented_distribution_kernels_of_bfloat16()},
      tiled_and_pixel_kernels<Differences>()));
  return kernels;
}

}  // namespace semd::cuda
