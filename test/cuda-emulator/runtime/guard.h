// Guard bytes around memory, which nothing may write. Their pattern is NaN in every float type (read in pairs from an even
// address), so that reading them shows in results, and differs from the poison, so that poison written there shows, too.
#pragma once

#include <cstddef>

namespace cuda_emulator {

constexpr unsigned char kPoison = 0xff;

std::size_t page_bytes();
std::size_t round_up(std::size_t bytes, std::size_t multiple);
void write_guard(unsigned char* memory, std::size_t bytes);
// The first guard byte that was overwritten, or null.
const unsigned char* find_damage(const unsigned char* memory, std::size_t bytes);

}  // namespace cuda_emulator
