// Which kernels there are: a form of the ground distance times a layout of threads, and what a launch of each needs.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "row_problem.h"

namespace semd::cuda {

struct RowKernel {
  void (*function)(RowProblem);
  int group_size;  // threads that share a row; 0: the block
  int threads;     // of a block, at most
  int vector;      // neighbouring classes that a thread takes at a time
  int spare_threads;  // of a row, more than its classes fill
  int classes;        // at most
  bool staged;     // rows pass through shared memory
  bool keeps_in_shared_memory;
};

// The kernels of a form, in ascending order of the classes they are for.
struct FormKernels {
  std::vector<RowKernel> rows;
  std::vector<RowKernel> pixels;  // a thread per row, for classes that do not lie side by side
};

constexpr int kAnyClasses = 1 << 24;
constexpr int kThreadsPerBlock = 128;

// Bytes at the beginning of a block's shared memory for the sums of its threads, and for groups that are blocks.
constexpr size_t kSumBytes = 512;

// Bytes for what rows keep in shared memory: a number per class, and one per tile for each thread.
__host__ __device__ constexpr size_t shared_store_bytes(int tiles, int threads, int vector) {
  return sizeof(float) * static_cast<size_t>(tiles) * static_cast<size_t>(threads) * static_cast<size_t>(vector + 1);
}

// Rows that a warp, or a block that shares a row, takes at a time.
__host__ __device__ constexpr int rows_of_span(int group_size) { return group_size == 0 ? 1 : 32 / group_size; }

// Where an element of a stage lies: four floats are left out behind every 32, so that threads whose elements are 8, 16 or
// 32 apart read from different banks.
__host__ __device__ constexpr int padded(int element) { return element + (element >> 5 << 2); }

// Elements from one row of a stage to the next.
__host__ __device__ constexpr int stage_stride(int classes) { return (classes + 3) / 4 * 4; }

__host__ __device__ constexpr size_t stage_bytes(int rows, int classes) {
  return sizeof(float) * static_cast<size_t>(padded(rows * stage_stride(classes)));
}

// Numbers in float64 that a row of a tree needs.
__host__ __device__ constexpr int64_t tree_workspace(int64_t classes) { return 2 * (classes + 1); }

const FormKernels& one_pass_kernels();
const FormKernels& difference_kernels();
const FormKernels& cost_kernels();
const FormKernels& tree_kernels();

}  // namespace semd::cuda
