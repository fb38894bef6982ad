// Runs the threads of a block as fibers, in a seeded random order that is made to find missing barriers. Warps have priorities
// that change at random times, and the ready warp with the highest priority runs; within a warp the lanes take turns in random
// order whenever one of them has to wait. The blocks of a cluster run together, each for a random while; other blocks one by one.
#pragma once

#include <cstddef>
#include <string>

#include "cuda_emulator/launch.h"

namespace cuda_emulator {

struct Launch {
  std::shared_ptr<const Kernel> kernel;
  dim3 grid, block;
  std::size_t shared_bytes;
  unsigned cluster;  // blocks of a cluster, neighbours in x
};

// To be called by one host thread at a time.
// `first` is the place of its first block.
void run_cluster(const Launch& launch, uint3 first);
// Orders what comes next after all blocks that have run. Blocks of one kernel are not ordered among each other.
void order_after_blocks();
bool kernel_is_running();
// "kernel NAME, block (x, y, z), thread (x, y, z): ", or nothing if no thread runs.
std::string describe_running_thread();
// What lies at an address that a kernel could not access; empty if it is not memory of a block.
std::string describe_block_memory(const void* address);

}  // namespace cuda_emulator
