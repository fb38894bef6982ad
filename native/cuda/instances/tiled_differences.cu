#include "../kernels/tiled_rows/differences.cuh"

#include "../kernels/tiled_rows/table.cuh"

namespace semd::cuda {

const LossKernels& difference_kernels() {
  static const LossKernels& kernels = *new LossKernels(after(
      {thread_distribution_kernels(), segmented_difference_kernels()}, tiled_and_pixel_kernels<Differences>()));
  return kernels;
}

}  // namespace semd::cuda
