// All memory that CUDA knows: device memory, which may be touched only by work of its device, and pinned host memory.
// What a device's work touches is made accessible at that moment, by the handler of the fault, and not at the end:
// changing the protection of all memory for each piece of work would cost more than the work. An allocation lies
// between pages that may not be touched, its end (rounded up to 256 bytes, and with it the start) at the second one;
// the bytes between are watched. It begins as NaN, and its addresses are not used again soon after it was freed.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "cuda_emulator/errors.h"

namespace cuda_emulator {

enum class MemoryKind {
  device,   // of cudaMalloc
  pooled,   // of cudaMallocAsync
  pinned,   // of cudaHostAlloc
  imported  // another process's
};

struct Allocation {
  MemoryKind kind;
  int device;
  std::size_t bytes;
  unsigned char* data;
  unsigned char* mapping;  // with both guard pages
  std::size_t mapping_bytes;
  bool reached = true;     // false while the stream has not come to the allocation
  bool releasing = false;  // a stream will free it
  bool freed = false;
  bool accessible = false;
  int file = -1;  // of memory that was exported to another process

  unsigned char* inside() const;
  std::size_t inside_bytes() const;
  bool on_device() const { return kind != MemoryKind::pinned; }
  bool belongs_to(unsigned devices) const { return !freed && reached && on_device() && (devices >> device & 1); }
};

// Used under the runtime's mutex, except for the description of a fault.
class Allocations {
 public:
  // Null if the device, or the machine, has not so much.
  Allocation* create(MemoryKind kind, int device, std::size_t bytes);
  // The stream has come to a pooled allocation.
  void reach(Allocation& allocation);
  void release(Allocation& allocation);
  // The live one that the pointer lies in or, if that has no bytes left there, ends.
  Allocation* find(const void* pointer);
  // Lets exactly the memory of these devices (bits) be touched.
  void open(unsigned devices);
  // Makes the memory at an address accessible; false if it may not be touched, or is accessible.
  bool touch(const void* address);
  // Where somebody wrote beside an allocation that is accessible; empty if nowhere.
  std::string find_damage() const;
  std::size_t used(int device) const;
  // Where an address lies, in words; empty if that is none of this memory.
  std::string describe(const void* address) const;
  bool is_device_memory(const void* address) const;

  // Makes the memory a file that another process can map.
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
