// Bytes around memory that nobody may write: a pattern which is NaN in every float type (read in pairs from an even
// address), so that results show that they were read, and which is not the poison, so that poison written there shows.
#pragma once

#include <cstddef>

namespace cuda_emulator {

constexpr unsigned char kPoison = 0xff;

std::size_t page_bytes();
std::size_t round_up(std::size_t bytes, std::size_t multiple);
void write_guard(unsigned char* memory, std::size_t bytes);
// The first byte that was overwritten, or null.
const unsigned char* find_damage(const unsigned char* memory, std::size_t bytes);

}  // namespace cuda_emulator
