// How a block's shared memory is divided, in one place for the host, which sizes it, and for the kernels.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

namespace semd::cuda {

// At the beginning of shared memory, for sums over the block's threads and for groups that are blocks.
constexpr size_t kSumBytes = 2048;

// What tiled rows (kernels/tiled_rows) keep: so many float32 numbers per tile for each thread.
__host__ __device__ constexpr size_t shared_store_bytes(int tiles, int threads, int numbers) {
  return sizeof(float) * static_cast<size_t>(tiles) * static_cast<size_t>(threads) * static_cast<size_t>(numbers);
}

// The rows of a span, which a warp, or a block that shares a row, takes at a time.
__host__ __device__ constexpr int rows_of_span(int group_size) { return group_size == 0 ? 1 : 32 / group_size; }

// Where an element of a stage lies. After every 32 floats four are left free, so that threads whose elements are 8, 16 or 32
// apart read from different banks.
__host__ __device__ constexpr int padded(int element) { return element + (element >> 5 << 2); }

// Elements from one row of a stage to the next.
__host__ __device__ constexpr int stage_stride(int classes) { return (classes + 3) / 4 * 4; }

__host__ __device__ constexpr size_t stage_bytes(int rows, int classes) {
  return sizeof(float) * static_cast<size_t>(padded(rows * stage_stride(classes)));
}

// The float64 numbers that a row of a tree needs.
__host__ __device__ constexpr int64_t tree_workspace(int64_t classes) { return 2 * (classes + 1); }

// Elements from one row to the next of the matrices of an energy in device memory, whose rows begin at multiples of 16 bytes.
__host__ __device__ constexpr int energy_pitch(int classes) { return (classes + 3) / 4 * 4; }

// The shared memory of a segmented row (kernels/segmented_rows), which a group of `threads` shares.
struct SegmentMemory {
  // Classes of a thread: of raw elements an odd number of words (4 bytes), so that the threads of a row read from different
  // banks. Those of half precision are read by pairs, and so are numbers per class beside them: pairs of words from different
  // pairs of banks.
  int share;
  size_t raw;      // bytes of the row as it is in device memory, in any phase
  size_t numbers;  // bytes of a float32 number per class, in any phase
  size_t values;   // bytes of the row's exponentials, where they do not overwrite the logits

  __host__ __device__ constexpr SegmentMemory(int classes, int threads, size_t element)
      : share(0), raw(0), numbers(0), values(0) {
    const int in_word = static_cast<int>(sizeof(float) / element);
    const int each = (classes + threads - 1) / threads;
    const int words = (each + in_word - 1) / in_word | 1;
    share = words * in_word;
    raw = stride(static_cast<size_t>(classes) * element, element, threads, words);
    numbers = stride(static_cast<size_t>(classes) * sizeof(float), sizeof(float), threads, share);
    values = in_word == 1 ? 0 : numbers;
  }

 private:
  // From one row of `bytes` in any phase to the next, of which each thread has so many words: rows begin at whole packs, and the
  // rows of a warp are in different banks, too. For two threads with odd words no such distance avoids all conflicts; this one
  // avoids most.
  static __host__ __device__ constexpr size_t stride(size_t bytes, size_t element, int threads, int words) {
    const size_t packs = (bytes + 2 * (16 - element)) / 16;
    if (threads >= 32) return 16 * packs;
    const int wanted = threads == 2 && words % 2 ? 4 : threads * words;
    return 16 * packs + 4 * static_cast<size_t>((wanted - static_cast<int>(4 * packs)) & 31);
  }
};

// Segmented rows over a tree: about how many nodes a thread has, and the threads that share a row, which the order of the tree's
// records in memory depends on. Shared memory never holds more than kMostTreeClasses.
constexpr int kTreeShare = 32;
constexpr int kMostTreeThreads = 512;
constexpr int kMostTreeClasses = 20000;

__host__ __device__ constexpr int tree_threads(int classes) {
  int threads = 2;
  while (threads < 32 && threads * kTreeShare < classes) threads *= 2;
  if (threads * kTreeShare >= classes) return threads;
  threads = (classes + 32 * kTreeShare - 1) / (32 * kTreeShare) * 32;
  return threads < kMostTreeThreads ? threads : kMostTreeThreads;
}

// What a row in chunks keeps of each of them.
constexpr size_t kChunkBytes = 20;

// The classes of a row that a block with `threads` of the group's threads has.
__host__ __device__ constexpr int classes_of_block(int classes, int group, int threads, size_t element) {
  return SegmentMemory(classes, group, element).share * threads;
}

// The bytes of the 32 rows of a warp in kernels/thread_rows, where each thread has a row.
__host__ __device__ constexpr size_t thread_rows_bytes(int classes, size_t element) {
  const size_t packs = (32 * static_cast<size_t>(classes) * element + 15) / 16 + 1;
  return (packs + packs / 8 + 1) * 16;
}

}  // namespace semd::cuda
