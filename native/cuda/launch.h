// Which kernels there are: a form of the ground distance times a layout of threads, and what a launch of each needs.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#include "row_problem.h"

namespace semd::cuda {

enum LayoutName {
  kLanes1,  // up to 4 classes
  kLanes2,
  kLanes4,
  kLanes8,
  kLanes16,
  kLanes32,  // up to 128
  kLongWarp,  // up to 1024
  kBlock,
  kLongBlock,
  kPixel2,  // up to 8 classes
  kPixel8,  // up to 32
  kLongPixel,
  kLayouts
};

struct RowKernel {
  void (*function)(RowProblem);
  int group_size;  // 0: the block
  int threads;     // of a block, at most
};

constexpr int kThreadsPerBlock = 128;
constexpr int kThreadsPerRow = 512;
constexpr int kVectorSize = 4;  // neighbouring classes that a thread takes at a time

// Bytes at the beginning of a block's shared memory for the sums of its threads, and for groups that are blocks.
constexpr size_t kSumBytes = 512;

// Bytes for a row in shared memory: two numbers per class, and one per tile for each thread.
__host__ __device__ constexpr size_t shared_store_bytes(int tiles, int threads) {
  return sizeof(float) * static_cast<size_t>(tiles) * static_cast<size_t>(threads) * (2 * kVectorSize + 1);
}

// Numbers in float64 that a row of a tree needs.
__host__ __device__ constexpr int64_t tree_workspace(int64_t classes) { return 2 * (classes + 1); }

// [kLayouts]; without a function where the form does not come in the layout.
const RowKernel* one_pass_kernels();
const RowKernel* difference_kernels();
const RowKernel* cost_kernels();
const RowKernel* tree_kernels();

}  // namespace semd::cuda
