#include "../kernels/tiled_rows/one_pass.cuh"

#include "../kernels/tiled_rows/table.cuh"

namespace semd::cuda {

const LossKernels& one_pass_kernels() {
  static const LossKernels& kernels = *new LossKernels(with_raw_rows(
      with_raw_rows(rereading_kernels<OnePass>(), segmented_row_kernels_of_float32(), segmented_row_kernels_of_float16()),
      thread_row_kernels_of_float32(), thread_row_kernels_of_float16()));
  return kernels;
}

}  // namespace semd::cuda
