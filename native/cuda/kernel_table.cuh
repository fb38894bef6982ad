// The kernels of one form, in the layouts it comes in.
#pragma once

#include "row_kernel.cuh"
#include "sides.cuh"

namespace semd::cuda {

template <class AnyRow, int kThreads, int kBlocks>
RowKernel kernel_of(int classes) {
  using L = typename AnyRow::Layout;
  const int reach = L::classes_of(L::Group::kSize == 0 ? kThreads : L::Group::kSize);
  return {row_kernel<AnyRow, kThreads, kBlocks>, L::Group::kSize, kThreads,   L::kVector, L::kSpareThreads,
          classes ? classes : reach,             L::kStaged,      L::kInSharedMemory};
}

template <class Form, class L, int kThreads = kThreadsPerBlock>
RowKernel form_kernel(int classes = 0) {
  return kernel_of<FormRow<Form, L>, kThreads, 1>(classes);
}

// Of a group of kWidth lanes that take kVector classes each.
template <int kWidth, int kVector, int kBlocks>
RowKernel sides_of_lanes() {
  return kernel_of<SidedRow<Sides<Lanes<kWidth>, kVector, float>>, kThreadsPerBlock, kBlocks>(0);
}

// The one form that most calls take, in layouts for every number of classes. The last number is of blocks that have to
// fit a multiprocessor: memory is waited for by having many warps.
template <class Form>
FormKernels plain_kernels() {
  return {{sides_of_lanes<2, 4, 6>(), sides_of_lanes<2, 8, 5>(), sides_of_lanes<2, 12, 4>(), sides_of_lanes<2, 16, 4>(),
           sides_of_lanes<4, 12, 4>(), sides_of_lanes<8, 12, 4>(), sides_of_lanes<8, 20, 4>(), sides_of_lanes<16, 20, 4>(),
           sides_of_lanes<32, 20, 4>(), kernel_of<SidedRow<Sides<Block, 20, double>>, 384, 1>(0),
           form_kernel<Form, Plain<BlockPerRow>, 512>(kAnyClasses),
           form_kernel<Form, Plain<BlockPerLongRow>, 512>(kAnyClasses)},
          {form_kernel<Form, Plain<ThreadPerPixel<2>>>(), form_kernel<Form, Plain<ThreadPerPixel<8>>>(),
           form_kernel<Form, Plain<ThreadPerLongPixel>>(kAnyClasses)}};
}

// Fewer layouts, for any input and target: what they cost in time is less than what they would cost in compilation.
template <class Form>
FormKernels row_kernels() {
  return {{form_kernel<Form, PartOfWarp<2>>(), form_kernel<Form, PartOfWarp<8>>(), form_kernel<Form, PartOfWarp<32>>(),
           form_kernel<Form, BlockPerRow, 512>(kAnyClasses), form_kernel<Form, BlockPerLongRow, 512>(kAnyClasses)},
          {}};
}

template <class Form>
FormKernels row_and_pixel_kernels() {
  FormKernels kernels = row_kernels<Form>();
  kernels.pixels = {form_kernel<Form, ThreadPerPixel<6>>(), form_kernel<Form, ThreadPerLongPixel>(kAnyClasses)};
  return kernels;
}

}  // namespace semd::cuda
