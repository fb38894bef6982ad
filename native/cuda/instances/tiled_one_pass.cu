#include "../kernels/tiled_rows/one_pass.cuh"

#include "../kernels/tiled_rows/table.cuh"

namespace semd::cuda {

const LossKernels& one_pass_kernels() {
  static const LossKernels& kernels = *[] {
    auto* all = new LossKernels(after({thread_row_kernels_of_float32(), thread_row_kernels_of_float16(),
                                       thread_row_kernels_of_bfloat16(), segmented_row_kernels_of_float32(),
                                       segmented_row_kernels_of_float16(), segmented_row_kernels_of_bfloat16()},
                                      rereading_and_pixel_kernels<OnePass>()));
#if defined(SEMD_CUDA_CLUSTERS)
    all->clusters = clustered_row_kernels();
#endif
    return all;
  }();
  return kernels;
}

}  // namespace semd::cuda
