#include "shared_memory.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstring>

#include "guard.h"
#include "report.h"
#include "sanitizers.h"

namespace cuda_emulator {

void SharedMemory::map(std::size_t bytes) {
  const std::size_t page = page_bytes();
  if (mapping_) {
    permit(inside_, inside_bytes_);
    munmap(mapping_, mapping_bytes_);
  }
  inside_bytes_ = round_up(bytes, page);
  mapping_bytes_ = inside_bytes_ + 2 * page;
  void* memory = mmap(nullptr, mapping_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("no memory for shared memory");
  mapping_ = static_cast<unsigned char*>(memory);
  inside_ = mapping_ + page;
  if (inside_bytes_) mprotect(inside_, inside_bytes_, PROT_READ | PROT_WRITE);
}

void SharedMemory::prepare(std::size_t bytes) {
  const std::size_t aligned = round_up(bytes, 16);
#ifdef CUDA_EMULATOR_THREAD_SANITIZER
  map(aligned);  // fresh memory, as otherwise accesses by the threads of the last block would count as races
#else
  if (!mapping_ || inside_bytes_ != round_up(aligned, page_bytes())) map(aligned);
#endif
  if (closed_ && inside_bytes_) mprotect(inside_, inside_bytes_, PROT_READ | PROT_WRITE);
  closed_ = false;
  bytes_ = bytes;
  data_ = inside_ + inside_bytes_ - aligned;
  permit(inside_, inside_bytes_);
  std::memset(data_, kPoison, bytes);
  write_guard(inside_, static_cast<std::size_t>(data_ - inside_));
  write_guard(data_ + bytes, aligned - bytes);
  forbid(inside_, static_cast<std::size_t>(data_ - inside_));
  forbid(data_ + bytes, aligned - bytes);
}

void SharedMemory::check() const {
  const unsigned char* damage = find_damage(inside_, static_cast<std::size_t>(data_ - inside_));
  if (!damage) damage = find_damage(data_ + bytes_, round_up(bytes_, 16) - bytes_);
  if (damage) fail("wrote outside of its shared memory, %s", describe(damage).c_str());
}

void SharedMemory::close() {
  closed_ = true;
  if (inside_bytes_) mprotect(inside_, inside_bytes_, PROT_NONE);
}

std::string SharedMemory::describe(const void* address) const {
  const auto* byte = static_cast<const unsigned char*>(address);
  if (!mapping_ || byte < mapping_ || byte >= mapping_ + mapping_bytes_) return "";
  char text[160];
  std::snprintf(text, sizeof text, "at byte %td of %zu bytes of shared memory%s", byte - data_, bytes_,
                closed_ ? " of a block that has ended" : "");
  return text;
}

}  // namespace cuda_emulator
