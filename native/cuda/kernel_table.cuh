// The kernels of one form, in the layouts it comes in.
#pragma once

#include "row_kernel.cuh"

namespace semd::cuda {

template <class L, class Form, int kThreads = kThreadsPerBlock, int kBlocks = 1>
RowKernel kernel_of() {
  return {row_kernel<L, Form, kThreads, kBlocks>, L::Group::kSize, kThreads};
}

// Blocks of a plain form that have to fit a multiprocessor: memory is waited for by having many warps.
constexpr int kPlainBlocks = 6;

// The one form that most calls take, in layouts for every number of classes.
template <class Form>
void set_plain_kernels(RowKernel (&table)[kLayouts]) {
  table[kLanes1] = kernel_of<Plain<PartOfWarp<1>>, Form, kThreadsPerBlock, kPlainBlocks>();
  table[kLanes2] = kernel_of<Plain<PartOfWarp<2>>, Form, kThreadsPerBlock, kPlainBlocks>();
  table[kLanes4] = kernel_of<Plain<PartOfWarp<4>>, Form, kThreadsPerBlock, kPlainBlocks>();
  table[kLanes8] = kernel_of<Plain<PartOfWarp<8>>, Form, kThreadsPerBlock, kPlainBlocks>();
  table[kLanes16] = kernel_of<Plain<PartOfWarp<16>>, Form, kThreadsPerBlock, kPlainBlocks>();
  table[kLanes32] = kernel_of<Plain<PartOfWarp<32>>, Form, kThreadsPerBlock, kPlainBlocks>();
  table[kLongWarp] = kernel_of<Plain<WarpPerLongRow>, Form, kThreadsPerBlock, kPlainBlocks - 1>();  // more would spill
  table[kBlock] = kernel_of<Plain<BlockPerRow>, Form, kThreadsPerRow>();
  table[kLongBlock] = kernel_of<Plain<BlockPerLongRow>, Form, kThreadsPerRow>();
  table[kPixel2] = kernel_of<Plain<ThreadPerPixel<2>>, Form>();
  table[kPixel8] = kernel_of<Plain<ThreadPerPixel<8>>, Form>();
  table[kLongPixel] = kernel_of<Plain<ThreadPerLongPixel>, Form>();
}

// Fewer layouts, for any input and target: what they cost in time is less than what they would cost in compilation.
template <class Form>
void set_row_kernels(RowKernel (&table)[kLayouts]) {
  table[kLanes2] = kernel_of<PartOfWarp<2>, Form>();
  table[kLanes8] = kernel_of<PartOfWarp<8>, Form>();
  table[kLanes32] = kernel_of<PartOfWarp<32>, Form>();
  table[kLongWarp] = kernel_of<WarpPerLongRow, Form>();
  table[kBlock] = kernel_of<BlockPerRow, Form, kThreadsPerRow>();
  table[kLongBlock] = kernel_of<BlockPerLongRow, Form, kThreadsPerRow>();
}

template <class Form>
void set_pixel_kernels(RowKernel (&table)[kLayouts]) {
  table[kPixel8] = kernel_of<ThreadPerPixel<8>, Form>();
  table[kLongPixel] = kernel_of<ThreadPerLongPixel, Form>();
}

}  // namespace semd::cuda
