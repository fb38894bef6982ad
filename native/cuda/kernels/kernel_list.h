// Which kernels there are: a form of the ground distance times a layout of threads, and what a launch of each needs.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "row_problem.h"

namespace semd::cuda {

struct LossKernel {
  void (*function)(RowProblem);
  int group_size;  // threads that share a row; 0: the block
  int threads;     // of a block, at most
  int vector = 0;  // neighbouring classes that a thread takes at a time
  int classes = 0;  // at most
  bool staged = false;  // rows pass through shared memory as float32
  bool keeps_in_shared_memory = false;
  bool (*serves)(const RowProblem&) = nullptr;  // null: every problem of its form
  bool copies_gaps = false;   // to shared memory, if there is room
  int chunk = 0;  // of rows that are walked through in chunks
  // Shared memory of a block whose rows are walked through, `size` threads each; else null.
  size_t (*raw_bytes)(int classes, int size, int threads) = nullptr;
};

// The kernels of a form, in ascending order of the classes they are for.
struct LossKernels {
  std::vector<LossKernel> rows;
  std::vector<LossKernel> pixels;  // a thread per row, for classes that do not lie side by side
};

constexpr int kAnyClasses = 1 << 24;
constexpr int kThreadsPerBlock = 128;

// Bytes at the beginning of a block's shared memory for the sums of its threads, and for groups that are blocks.
constexpr size_t kSumBytes = 2048;

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

// Shared memory of rows that are walked through (walk.cuh), of groups of `threads`.
struct SegmentMemory {
  int share;      // classes of a thread: an odd number, so that a row's threads read from different banks
  size_t raw;   // bytes of a row as it is, at any distance from a multiple of 16 bytes
  size_t values;  // bytes of a row's exponentials, where they do not take the place of the logits

  __host__ __device__ constexpr SegmentMemory(int classes, int threads, size_t element)
      : share((classes + threads - 1) / threads | 1), raw(0), values(0) {
    const bool in_place = element == sizeof(float);
    // From one row's exponentials to the next row's, so that a warp's rows are in different banks, too.
    int stride = in_place ? (classes + 6) / 4 * 4 : classes;
    if (threads < 32) {
      // In whole packs where rows come as they are; of two threads' rows there is no such distance, but one that is close.
      const int wanted = threads == 2 && in_place ? 4 : threads * share;
      stride += (wanted - stride) & 31;
    }
    raw = in_place ? sizeof(float) * static_cast<size_t>(stride) : (static_cast<size_t>(classes) + 14) / 8 * 16;
    values = in_place ? 0 : sizeof(float) * static_cast<size_t>((stride + 3) / 4 * 4);
  }
};

// Shared memory of the 32 rows of a warp whose threads have a row each (thread_rows.cuh).
__host__ __device__ constexpr size_t thread_rows_bytes(int classes, size_t element) {
  const size_t packs = (32 * static_cast<size_t>(classes) * element + 15) / 16 + 1;
  return (packs + packs / 8 + 1) * 16;
}

// Numbers in float64 that a row of a tree needs.
__host__ __device__ constexpr int64_t tree_workspace(int64_t classes) { return 2 * (classes + 1); }

// In ascending order of classes, for predictions of that size.
std::vector<LossKernel> thread_row_kernels_of_float32();
std::vector<LossKernel> thread_row_kernels_of_float16();
std::vector<LossKernel> thread_distribution_kernels_of_float32();
std::vector<LossKernel> thread_tree_kernels_of_float32();
std::vector<LossKernel> segmented_row_kernels_of_float32();
std::vector<LossKernel> segmented_row_kernels_of_float16();
std::vector<LossKernel> cost_row_kernels_of_float32();
std::vector<LossKernel> cost_row_kernels_of_float16();

const LossKernels& one_pass_kernels();
const LossKernels& difference_kernels();
const LossKernels& cost_kernels();
const LossKernels& tree_kernels();

}  // namespace semd::cuda
