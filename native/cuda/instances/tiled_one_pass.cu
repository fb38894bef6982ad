#include "../kernels/tiled_rows/one_pass.cuh"

#include "../kernels/tiled_rows/table.cuh"

namespace semd::cuda {

const FormKernels& one_pass_kernels() {
  static const FormKernels& kernels = *new FormKernels(with_walks(
      with_walks(long_row_and_pixel_kernels<OnePass>(), walk_kernels_of_float32(), walk_kernels_of_float16()),
      thread_row_kernels_of_float32(), thread_row_kernels_of_float16()));
  return kernels;
}

}  // namespace semd::cuda
