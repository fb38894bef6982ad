// The seeded random numbers behind every order that the emulator chooses.
#pragma once

#include <cstdint>

namespace cuda_emulator {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 0x2545f4914f6cdd1du) {
    if (state_ == 0) state_ = 1;
    for (int i = 0; i < 8; i++) next();
  }
  std::uint32_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<std::uint32_t>(state_ * 0x2545f4914f6cdd1du >> 32);
  }
  // 0 ... end - 1
  std::uint32_t below(std::uint32_t end) {
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(next()) * end >> 32);
  }

 private:
  std::uint64_t state_;
};

}  // namespace cuda_emulator
