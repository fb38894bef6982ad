#include "../kernels/tiled_rows/differences.cuh"

#include "../kernels/tiled_rows/table.cuh"

namespace semd::cuda {

const FormKernels& difference_kernels() {
  static const FormKernels& kernels = *new FormKernels(
      with_walks(row_and_pixel_kernels<Differences>(), thread_distribution_kernels_of_float32(), {}));
  return kernels;
}

}  // namespace semd::cuda
