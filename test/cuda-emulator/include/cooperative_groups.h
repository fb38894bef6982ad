// Of cooperative groups, clusters alone: the blocks that share their shared memory.
//
// Stricter than a device: every thread of every block must reach a sync(), all at the same line, even those that have exited; and
// the shared memory of a block that has not begun, or that has ended, cannot be had.
#pragma once

#include "cuda_emulator/threads.h"

namespace cooperative_groups {

class cluster_group {
 public:
  static void sync(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    cuda_emulator::cluster_barrier({file, line});
  }
  static unsigned block_rank() { return cuda_emulator::cluster_rank(); }
  static unsigned num_blocks() { return cuda_emulator::cluster_size(); }
  template <class T>
  static T* map_shared_rank(T* address, unsigned rank) {
    return static_cast<T*>(cuda_emulator::map_shared_rank(address, rank));
  }
};

inline cluster_group this_cluster() { return {}; }

}  // namespace cooperative_groups
