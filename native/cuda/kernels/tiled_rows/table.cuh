// The kernels of one form, in the layouts it comes in.
#pragma once

#include "kernel.cuh"

namespace semd::cuda {

template <class AnyRow, int kThreads, int kBlocks>
LossKernel kernel_of(int classes) {
  using L = typename AnyRow::Layout;
  const int reach = L::classes_of(L::Group::kSize == 0 ? kThreads : L::Group::kSize);
  return {tiled_rows_kernel<AnyRow, kThreads, kBlocks>, L::Group::kSize, kThreads, L::kVector, classes ? classes : reach,
          L::kStaged,                            L::kInSharedMemory};
}

template <class Form, class L, int kThreads = kThreadsPerBlock>
LossKernel tiled_kernel(int classes = 0) {
  return kernel_of<FormRow<Form, L>, kThreads, 1>(classes);
}

// For rows that no shared memory holds, and pixels.
template <class Form>
LossKernels rereading_kernels() {
  LossKernels kernels;
  kernels.rows = {tiled_kernel<Form, IndexFromLogits<BlockRereading>, 512>(kAnyClasses)};
  kernels.pixels = {tiled_kernel<Form, IndexFromLogits<ThreadPerPixel<8>>>(),
                    tiled_kernel<Form, IndexFromLogits<ThreadRereadingPixel>>(kAnyClasses)};
  return kernels;
}

// Fewer layouts, for any input and target: what they cost in time is less than what they would cost in compilation.
template <class Form>
LossKernels tiled_kernels() {
  return {{tiled_kernel<Form, PartOfWarp<8>>(), tiled_kernel<Form, PartOfWarp<32>>(),
           tiled_kernel<Form, BlockPerRow, 512>(kAnyClasses), tiled_kernel<Form, BlockRereading, 512>(kAnyClasses)},
          {}};
}

template <class Form>
LossKernels tiled_and_pixel_kernels() {
  LossKernels kernels = tiled_kernels<Form>();
  kernels.pixels = {tiled_kernel<Form, ThreadPerPixel<6>>(), tiled_kernel<Form, ThreadRereadingPixel>(kAnyClasses)};
  return kernels;
}

// The form's own kernels serve what the others do not.
inline LossKernels with_raw_rows(LossKernels kernels, const std::vector<LossKernel>& of_float32,
                              const std::vector<LossKernel>& of_float16) {
  for (const auto* walks : {&of_float32, &of_float16}) {
    kernels.rows.insert(kernels.rows.begin(), walks->begin(), walks->end());
  }
  return kernels;
}

}  // namespace semd::cuda
