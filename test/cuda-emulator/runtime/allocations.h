// All memory that CUDA knows: device memory, which only work of its device may touch, and pinned host memory. Memory becomes
// accessible only when work touches it, in the handler of the fault, as changing the protection of all memory for each piece of
// work would cost more than the work itself. An allocation lies between two pages that must not be touched, with its end (rounded
// up to 256 bytes, and its start likewise) at the second one; the bytes in between are watched. It begins as NaN, and its
// addresses are not used again soon after it was freed.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "cuda_emulator/errors.h"

namespace cuda_emulator {

enum class MemoryKind {
  device,   // from cudaMalloc
  pooled,   // from cudaMallocAsync
  pinned,   // from cudaHostAlloc
  imported  // from another process
};

struct Allocation {
  MemoryKind kind;
  int device;
  std::size_t bytes;
  unsigned char* data;
  unsigned char* mapping;  // including both guard pages
  std::size_t mapping_bytes;
  bool reached = true;     // false until the stream has reached the allocation
  bool releasing = false;  // whether a stream will free it
  bool freed = false;
  bool accessible = false;
  int file = -1;  // of memory that has been exported to another process

  unsigned char* inside() const;
  std::size_t inside_bytes() const;
  bool on_device() const { return kind != MemoryKind::pinned; }
  bool belongs_to(unsigned devices) const { return !freed && reached && on_device() && (devices >> device & 1); }
};

// To be used under the runtime's mutex, except for describing a fault.
class Allocations {
 public:
  // Null if the device, or the machine, does not have that much memory.
  Allocation* create(MemoryKind kind, int device, std::size_t bytes);
  // To be called when the stream reaches a pooled allocation.
  void reach(Allocation& allocation);
  void release(Allocation& allocation);
  // The live allocation in which the pointer lies, or at whose end.
  Allocation* find(const void* pointer);
  // Allows touching the memory of exactly these devices (bits).
  void open(unsigned devices);
  // Makes the memory at an address accessible; false if it must not be touched, or is accessible already.
  bool touch(const void* address);
  // Where something was written beside an accessible allocation; empty if nowhere.
  std::string find_damage() const;
  std::size_t used(int device) const;
  // Where an address lies, in words; empty if it is not in this memory.
  std::string describe(const void* address) const;
  bool is_device_memory(const void* address) const;

  // Turns the memory into a file that another process can map.
  bool share(Allocation& allocation);
  Allocation* import(int device, std::size_t bytes, std::size_t mapping_bytes, std::size_t offset, int file);

 private:
  const Allocation* find_mapping(const void* address) const;
  Allocation& add(Allocation allocation);
  void forget_oldest();

  std::map<const unsigned char*, Allocation> all_;  // by mapping
  std::deque<const unsigned char*> freed_;          // mappings, oldest first
  std::size_t freed_bytes_ = 0;
  std::map<int, std::size_t> used_;
  unsigned open_ = 0;
  std::vector<Allocation*> accessible_;
};

Allocations& allocations();

}  // namespace cuda_emulator
