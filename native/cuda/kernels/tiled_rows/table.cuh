// The kernels of one form, in the layouts it comes in.
#pragma once

#include "kernel.cuh"

namespace semd::cuda {

template <class AnyRow, int kThreads, int kBlocks>
RowKernel kernel_of(int classes) {
  using L = typename AnyRow::Layout;
  const int reach = L::classes_of(L::Group::kSize == 0 ? kThreads : L::Group::kSize);
  return {row_kernel<AnyRow, kThreads, kBlocks>, L::Group::kSize, kThreads, L::kVector, classes ? classes : reach,
          L::kStaged,                            L::kInSharedMemory};
}

template <class Form, class L, int kThreads = kThreadsPerBlock>
RowKernel form_kernel(int classes = 0) {
  return kernel_of<FormRow<Form, L>, kThreads, 1>(classes);
}

// For rows that no shared memory holds, and pixels.
template <class Form>
FormKernels long_row_and_pixel_kernels() {
  FormKernels kernels;
  kernels.rows = {form_kernel<Form, Plain<BlockPerLongRow>, 512>(kAnyClasses)};
  kernels.pixels = {form_kernel<Form, Plain<ThreadPerPixel<8>>>(),
                    form_kernel<Form, Plain<ThreadPerLongPixel>>(kAnyClasses)};
  return kernels;
}

// Fewer layouts, for any input and target: what they cost in time is less than what they would cost in compilation.
template <class Form>
FormKernels row_kernels() {
  return {{form_kernel<Form, PartOfWarp<8>>(), form_kernel<Form, PartOfWarp<32>>(),
           form_kernel<Form, BlockPerRow, 512>(kAnyClasses), form_kernel<Form, BlockPerLongRow, 512>(kAnyClasses)},
          {}};
}

template <class Form>
FormKernels row_and_pixel_kernels() {
  FormKernels kernels = row_kernels<Form>();
  kernels.pixels = {form_kernel<Form, ThreadPerPixel<6>>(), form_kernel<Form, ThreadPerLongPixel>(kAnyClasses)};
  return kernels;
}

// The form's own kernels serve what the others do not.
inline FormKernels with_walks(FormKernels kernels, const std::vector<RowKernel>& of_float32,
                              const std::vector<RowKernel>& of_float16) {
  for (const auto* walks : {&of_float32, &of_float16}) {
    kernels.rows.insert(kernels.rows.begin(), walks->begin(), walks->end());
  }
  return kernels;
}

}  // namespace semd::cuda
