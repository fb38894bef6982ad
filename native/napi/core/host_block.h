// Native memory for the inputs and outputs of an asynchronous call.
//
// A `HostBlock` owns one block and gives it back when it is destroyed, on any thread. A few blocks of moderate size are kept
// for as long as the process lives, as fresh pages cost more than the arithmetic on them; larger ones are freed at once.
#ifndef SQUARED_EMD_NAPI_HOST_BLOCK_H
#define SQUARED_EMD_NAPI_HOST_BLOCK_H

#include <cstddef>

#include "arguments.h"

namespace semd::napi {

class HostBlock {
 public:
  static constexpr size_t kAlignment = 64;

  // The bytes that an array of `bytes` occupies, so that the next one is aligned.
  static constexpr size_t Aligned(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

  // Throws std::bad_alloc.
  explicit HostBlock(size_t bytes);
  HostBlock(const HostBlock&) = delete;
  HostBlock& operator=(const HostBlock&) = delete;
  ~HostBlock();

  // Takes the next `bytes` of the block. All that is taken must fit into it.
  void* Take(size_t bytes);
  // Takes memory for a copy of the array, and copies it.
  void* Copy(const View& view);

 private:
  char* block_;
  size_t capacity_;
  size_t used_ = 0;
};

}  // namespace semd::napi

#endif
