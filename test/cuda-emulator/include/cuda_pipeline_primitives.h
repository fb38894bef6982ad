// Asynchronous copies from device memory to shared memory. Each arrives as late as the program allows, when the thread waits for
// the batch with which it was committed; until then the destination is poisoned.
#pragma once

#include <cstddef>
#include <cstring>

#include "cuda_emulator/memory.h"

namespace cuda_emulator {

struct AsyncCopy {
  void* to;
  const void* from;
  std::size_t bytes;
};

void begin_copy(const AsyncCopy& copy);
void commit_copies();
// Gets the next copy of the running thread that must arrive when all batches but the last `newer` have to; false if none is left.
bool due_copy(std::size_t newer, AsyncCopy* out);

}  // namespace cuda_emulator

// In the header, so that sanitizers watch the copies.
inline void __pipeline_memcpy_async(void* to, const void* from, std::size_t bytes) {
  cuda_emulator::check_alignment(to, bytes);
  cuda_emulator::check_alignment(from, bytes);
  std::memset(to, 0xff, bytes);
  cuda_emulator::begin_copy({to, from, bytes});
}
inline void __pipeline_commit() { cuda_emulator::commit_copies(); }
inline void __pipeline_wait_prior(std::size_t newer) {
  cuda_emulator::AsyncCopy copy;
  while (cuda_emulator::due_copy(newer, &copy)) std::memcpy(copy.to, copy.from, copy.bytes);
}
