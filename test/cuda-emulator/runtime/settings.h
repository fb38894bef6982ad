// The settings in the environment; ../include/cuda_runtime.h lists the variables.
#pragma once

#include <cstdint>

namespace cuda_emulator {

constexpr int kRuntimeVersion = 13000;

struct Settings {
  std::uint64_t seed;
  int devices;
  int driver;
  std::uint64_t memory;
  int multiprocessors;
  int shared_memory;  // of a block, at most
  bool pools;
  bool no_kernel_image;
  std::int64_t fail_kernel;  // 0: none
};

const Settings& settings();

}  // namespace cuda_emulator
