// The kernels of one form, in the layouts it comes in.
#pragma once

#include "row_kernel.cuh"
#include "thread_rows.cuh"
#include "walk.cuh"

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

// A thread per row.
template <class Element, int kClasses, int kBlocks>
RowKernel thread_row_kernel() {
  RowKernel kernel{walk_kernel<ThreadRow<PerThread<kClasses, Element>>, kThreadsPerBlock, kBlocks>, 1, kThreadsPerBlock};
  kernel.classes = kClasses;
  kernel.only_simple = PerThread<kClasses, Element>::kOnlySimple;
  kernel.element_bytes = sizeof(Element);
  kernel.walk_stage = [](int classes, int threads) {
    return static_cast<size_t>(threads / 32) * thread_rows_bytes(classes, sizeof(Element));
  };
  return kernel;
}

// A group of threads per row, each of which takes about so many classes at most.
template <class Element, class Group, int kThreads, int kBlocks>
RowKernel walked_row_kernel(int each, int classes = 0) {
  RowKernel kernel{walk_kernel<WalkedRow<Walk<Group, Element>>, kThreads, kBlocks>, Group::kSize, kThreads};
  kernel.vector = each;
  kernel.classes = classes ? classes : each * Group::kSize;
  kernel.element_bytes = sizeof(Element);
  kernel.walk_stage = [](int classes, int threads) {
    const int size = Group::kSize == 0 ? threads : Group::kSize;
    return static_cast<size_t>(threads / size) * WalkMemory(classes, size, sizeof(Element)).stage;
  };
  kernel.walk_values = [](int classes, int threads) {
    const int size = Group::kSize == 0 ? threads : Group::kSize;
    return static_cast<size_t>(threads / size) * WalkMemory(classes, size, sizeof(Element)).values;
  };
  return kernel;
}

// The one form that most calls take, in layouts for every number of classes. The last number of a type is of blocks that
// have to fit a multiprocessor: memory is waited for by having many warps. How many classes are best for a thread was
// measured on an H100.
template <class Element>
std::vector<RowKernel> walk_kernels() {
  constexpr int kThreads = kThreadsPerBlock, kBlocks = sizeof(Element) == sizeof(float) ? 8 : 7;
  return {thread_row_kernel<Element, 8, 8>(),
          thread_row_kernel<Element, 16, 6>(),
          thread_row_kernel<Element, 32, 5>(),
          thread_row_kernel<Element, 64, 4>(),
          walked_row_kernel<Element, Lanes<2>, kThreads, kBlocks>(32),
          walked_row_kernel<Element, Lanes<4>, kThreads, kBlocks>(32),
          walked_row_kernel<Element, Lanes<8>, kThreads, kBlocks>(32),
          walked_row_kernel<Element, Lanes<16>, kThreads, kBlocks>(32),
          walked_row_kernel<Element, Lanes<32>, kThreads, kBlocks>(48),
          walked_row_kernel<Element, Block, 448, 2>(48, 20000),
          walked_row_kernel<Element, Block, 448, 2>(64, kAnyClasses)};
}

template <class Form>
FormKernels plain_kernels() {
  FormKernels kernels;
  kernels.rows = walk_kernels<float>();
  for (const RowKernel& kernel : walk_kernels<uint16_t>()) kernels.rows.push_back(kernel);
  kernels.rows.push_back(form_kernel<Form, Plain<BlockPerLongRow>, 512>(kAnyClasses));
  kernels.pixels = {form_kernel<Form, Plain<ThreadPerPixel<2>>>(), form_kernel<Form, Plain<ThreadPerPixel<8>>>(),
                    form_kernel<Form, Plain<ThreadPerLongPixel>>(kAnyClasses)};
  return kernels;
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
