// The tables of tiled rows: the kernels of a form, one per layout.
#pragma once

#include <initializer_list>

#include "../kernel_list.h"
#include "kernel.cuh"

namespace semd::cuda {

// For as many classes as the layout has tiles for, or as are given.
template <class Form, class L, int kThreads = kThreadsPerBlock>
LossKernel tiled_kernel(int classes = 0) {
  LossKernel kernel{tiled_rows_kernel<FormRow<Form, L>, kThreads, 1>, L::Group::kSize, kThreads};
  kernel.vector = L::kVector;
  kernel.classes = classes ? classes : L::classes_of(L::Group::kSize == 0 ? kThreads : L::Group::kSize);
  kernel.staged = L::kStaged;
  kernel.numbers_per_tile = L::kNumbers;
  kernel.needs_workspace = Form::kNeedsWorkspace;
  return kernel;
}

// For forms that other families serve, except for pixels and for rows that are too long for shared memory.
template <class Form>
LossKernels rereading_and_pixel_kernels() {
  return {{tiled_kernel<Form, IndexFromLogits<BlockRereading>, 512>(kAnyClasses)},
          {tiled_kernel<Form, IndexFromLogits<ThreadPerPixel>>(),
           tiled_kernel<Form, IndexFromLogits<ThreadRereadingPixel>>(kAnyClasses)}};
}

// For any input and target, in few layouts, as more of them would gain too little for the time they take to compile.
template <class Form>
LossKernels tiled_kernels() {
  return {{tiled_kernel<Form, PartOfWarp<8>>(), tiled_kernel<Form, PartOfWarp<32>>(),
           tiled_kernel<Form, BlockPerRow, 512>(kAnyClasses), tiled_kernel<Form, BlockRereading, 512>(kAnyClasses)},
          {}};
}

template <class Form>
LossKernels tiled_and_pixel_kernels() {
  LossKernels kernels = tiled_kernels<Form>();
  // Small blocks, as there is little shared memory for them on some GPUs.
  kernels.pixels = {tiled_kernel<Form, ThreadPerPixelInShared, 64>(32), tiled_kernel<Form, ThreadRereadingPixel>(kAnyClasses)};
  return kernels;
}

// Faster kernels come first; tiled rows serve what those do not.
inline LossKernels after(std::initializer_list<std::vector<LossKernel>> faster, LossKernels tiled) {
  std::vector<LossKernel> rows;
  for (const auto& kernels : faster) rows.insert(rows.end(), kernels.begin(), kernels.end());
  tiled.rows.insert(tiled.rows.begin(), rows.begin(), rows.end());
  return tiled;
}

}  // namespace semd::cuda
