#include "guard.h"

#include <unistd.h>

#include <cstdint>

#include "sanitizers.h"

namespace cuda_emulator {
namespace {

unsigned char guard_byte(const unsigned char* address) {
  return reinterpret_cast<std::uintptr_t>(address) % 2 == 0 ? 0xc1 : 0xff;
}

}  // namespace

std::size_t page_bytes() {
  static const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

std::size_t round_up(std::size_t bytes, std::size_t multiple) { return (bytes + multiple - 1) / multiple * multiple; }

CUDA_EMULATOR_UNCHECKED void write_guard(unsigned char* memory, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i++) memory[i] = guard_byte(memory + i);
}

CUDA_EMULATOR_UNCHECKED const unsigned char* find_damage(const unsigned char* memory, std::size_t bytes) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < bytes; i++) difference |= memory[i] ^ guard_byte(memory + i);
  for (std::size_t i = 0; difference && i < bytes; i++) {
    if (memory[i] != guard_byte(memory + i)) return memory + i;
  }
  return nullptr;
}

}  // namespace cuda_emulator
