// The kernels of one form, in the layouts it comes in.
#pragma once

#include "row_kernel.cuh"

namespace semd::cuda {

struct RowKernels {
  RowKernel of[kLayouts] = {};
};

template <class L, class Form, int kThreads = kThreadsPerBlock, int kBlocks = 1>
RowKernel kernel_of() {
  return {row_kernel<L, Form, kThreads, kBlocks>, L::Group::kSize, kThreads};
}

// Blocks of a plain form that have to fit a multiprocessor: memory is waited for by having many warps.
constexpr int kPlainBlocks = 6;

// The one form that most calls take, in layouts for every number of classes.
template <class Form>
RowKernels plain_kernels() {
  RowKernels kernels;
  kernels.of[kLanes1] = kernel_of<Plain<PartOfWarp<1>>, Form, kThreadsPerBlock, kPlainBlocks>();
  kernels.of[kLanes2] = kernel_of<Plain<PartOfWarp<2>>, Form, kThreadsPerBlock, kPlainBlocks>();
  kernels.of[kLanes4] = kernel_of<Plain<PartOfWarp<4>>, Form, kThreadsPerBlock, kPlainBlocks>();
  kernels.of[kLanes8] = kernel_of<Plain<PartOfWarp<8>>, Form, kThreadsPerBlock, kPlainBlocks>();
  kernels.of[kLanes16] = kernel_of<Plain<PartOfWarp<16>>, Form, kThreadsPerBlock, kPlainBlocks>();
  kernels.of[kLanes32] = kernel_of<Plain<PartOfWarp<32>>, Form, kThreadsPerBlock, kPlainBlocks>();
  kernels.of[kLongWarp] = kernel_of<Plain<WarpPerLongRow>, Form, kThreadsPerBlock, kPlainBlocks - 1>();  // more would spill
  kernels.of[kBlock] = kernel_of<Plain<BlockPerRow>, Form, kThreadsPerRow>();
  kernels.of[kLongBlock] = kernel_of<Plain<BlockPerLongRow>, Form, kThreadsPerRow>();
  kernels.of[kPixel2] = kernel_of<Plain<ThreadPerPixel<2>>, Form>();
  kernels.of[kPixel8] = kernel_of<Plain<ThreadPerPixel<8>>, Form>();
  kernels.of[kLongPixel] = kernel_of<Plain<ThreadPerLongPixel>, Form>();
  return kernels;
}

// Fewer layouts, for any input and target: what they cost in time is less than what they would cost in compilation.
template <class Form>
RowKernels row_kernels() {
  RowKernels kernels;
  kernels.of[kLanes2] = kernel_of<PartOfWarp<2>, Form>();
  kernels.of[kLanes8] = kernel_of<PartOfWarp<8>, Form>();
  kernels.of[kLanes32] = kernel_of<PartOfWarp<32>, Form>();
  kernels.of[kLongWarp] = kernel_of<WarpPerLongRow, Form>();
  kernels.of[kBlock] = kernel_of<BlockPerRow, Form, kThreadsPerRow>();
  kernels.of[kLongBlock] = kernel_of<BlockPerLongRow, Form, kThreadsPerRow>();
  return kernels;
}

template <class Form>
RowKernels row_and_pixel_kernels() {
  RowKernels kernels = row_kernels<Form>();
  kernels.of[kPixel8] = kernel_of<ThreadPerPixel<8>, Form>();
  kernels.of[kLongPixel] = kernel_of<ThreadPerLongPixel, Form>();
  return kernels;
}

}  // namespace semd::cuda
