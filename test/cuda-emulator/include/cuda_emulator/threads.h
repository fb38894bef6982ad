// What a thread knows about itself and does together with others: its place, barriers, warp operations, shared memory.
//
// Stricter than a device: every thread of the block must reach a __syncthreads, and every lane of the mask a warp operation,
// even those that have exited or do not exist, and all at the same line. A shuffle must not read a lane outside of the mask.
#pragma once

#include <cstdint>
#include <cstring>

#include "vectors.h"

extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
constexpr int warpSize = 32;

namespace cuda_emulator {

struct Site {
  const char* file;
  int line;
};

enum class WarpOperation { synchronize, shuffle, any, all, ballot };
enum class Shuffle { index, up, down, exclusive_or };

// Returns the number of threads whose predicate is true.
int block_barrier(bool predicate, Site site);
// `value` is the value to shuffle, or the predicate; `source` is the lane that a shuffle reads.
std::uint64_t warp_operation(WarpOperation operation, unsigned mask, std::uint64_t value, int source, Site site);
// The lane that this lane reads, which is itself if the other one is out of its segment.
int shuffle_source(Shuffle shuffle, int operand, int width, Site site);
unsigned active_lanes();
void* shared_memory();
void cluster_barrier(Site site);
unsigned cluster_rank();
unsigned cluster_size();
// The same place in the shared memory of another block of the cluster.
void* map_shared_rank(void* address, unsigned rank);

template <class T>
T shuffle(Shuffle kind, unsigned mask, T value, int operand, int width, Site site) {
  static_assert(sizeof(T) <= sizeof(std::uint64_t));
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = warp_operation(WarpOperation::shuffle, mask, bits, shuffle_source(kind, operand, width, site), site);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace cuda_emulator

// The caller's place in the source, which stays the same when the compiler copies or inlines code.
#define CUDA_EMULATOR_SITE const char *file = __builtin_FILE(), int line = __builtin_LINE()

inline void __syncthreads(CUDA_EMULATOR_SITE) { cuda_emulator::block_barrier(false, {file, line}); }
inline int __syncthreads_count(int predicate, CUDA_EMULATOR_SITE) {
  return cuda_emulator::block_barrier(predicate != 0, {file, line});
}
inline int __syncthreads_or(int predicate, CUDA_EMULATOR_SITE) {
  return cuda_emulator::block_barrier(predicate != 0, {file, line}) != 0;
}
inline int __syncthreads_and(int predicate, CUDA_EMULATOR_SITE) {
  return cuda_emulator::block_barrier(predicate == 0, {file, line}) == 0;
}

inline void __syncwarp(unsigned mask = 0xffffffff, CUDA_EMULATOR_SITE) {
  cuda_emulator::warp_operation(cuda_emulator::WarpOperation::synchronize, mask, 0, 0, {file, line});
}
inline int __any_sync(unsigned mask, int predicate, CUDA_EMULATOR_SITE) {
  return static_cast<int>(
      cuda_emulator::warp_operation(cuda_emulator::WarpOperation::any, mask, predicate != 0, 0, {file, line}));
}
inline int __all_sync(unsigned mask, int predicate, CUDA_EMULATOR_SITE) {
  return static_cast<int>(
      cuda_emulator::warp_operation(cuda_emulator::WarpOperation::all, mask, predicate != 0, 0, {file, line}));
}
inline unsigned __ballot_sync(unsigned mask, int predicate, CUDA_EMULATOR_SITE) {
  return static_cast<unsigned>(
      cuda_emulator::warp_operation(cuda_emulator::WarpOperation::ballot, mask, predicate != 0, 0, {file, line}));
}
inline unsigned __activemask() { return cuda_emulator::active_lanes(); }

#define CUDA_EMULATOR_SHUFFLES(T)                                                                                 \
  inline T __shfl_sync(unsigned mask, T value, int lane, int width = warpSize, CUDA_EMULATOR_SITE) {              \
    return cuda_emulator::shuffle(cuda_emulator::Shuffle::index, mask, value, lane, width, {file, line});         \
  }                                                                                                               \
  inline T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize, CUDA_EMULATOR_SITE) {     \
    return cuda_emulator::shuffle(cuda_emulator::Shuffle::up, mask, value, static_cast<int>(delta), width,        \
                                  {file, line});                                                                  \
  }                                                                                                               \
  inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize, CUDA_EMULATOR_SITE) {   \
    return cuda_emulator::shuffle(cuda_emulator::Shuffle::down, mask, value, static_cast<int>(delta), width,      \
                                  {file, line});                                                                  \
  }                                                                                                               \
  inline T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = warpSize, CUDA_EMULATOR_SITE) {         \
    return cuda_emulator::shuffle(cuda_emulator::Shuffle::exclusive_or, mask, value, lanes, width, {file, line}); \
  }
CUDA_EMULATOR_SHUFFLES(int)
CUDA_EMULATOR_SHUFFLES(unsigned)
CUDA_EMULATOR_SHUFFLES(long)
CUDA_EMULATOR_SHUFFLES(unsigned long)
CUDA_EMULATOR_SHUFFLES(long long)
CUDA_EMULATOR_SHUFFLES(unsigned long long)
CUDA_EMULATOR_SHUFFLES(float)
CUDA_EMULATOR_SHUFFLES(double)
#undef CUDA_EMULATOR_SHUFFLES
#undef CUDA_EMULATOR_SITE
