// The blocks that run together: those of a cluster, each for a random while, or a single one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "block.h"
#include "sanitizers.h"

namespace cuda_emulator {

class Cluster {
 public:
  // `first` is the place of its first block.
  void run(const Launch& launch, uint3 first);
  // Orders what comes next after all blocks that have run. Blocks of one kernel are not ordered among each other.
  void order_after() { acquire(&end_); }

  Block& running() { return *running_; }
  bool is_running() const { return running_ != nullptr; }
  // Goes on with another thread of any block, until this one is chosen again.
  void go_on(Thread& self);
  // Called by the last thread of a block.
  void finish_block(Thread& self);
  void barrier(Site site);
  unsigned rank() const;
  unsigned size() const { return size_; }
  Block& block(unsigned rank) { return *blocks_[rank]; }
  void order_after_launch() { acquire(&begin_); }
  void order_before_end() { release(&end_); }
  std::string describe_memory(const void* address) const;

 private:
  Thread* choose();
  [[noreturn]] void report_deadlock();

  std::vector<std::unique_ptr<Block>> blocks_;
  Fiber host_;
  Block* running_ = nullptr;
  unsigned size_ = 0, finished_ = 0;
  int at_barrier_ = 0, threads_ = 0;
  unsigned barriers_ = 0;
  char barrier_orders_[kOrders]{};
  Site barrier_site_{};
  char begin_ = 0, end_ = 0;  // addresses that order the threads after the launch, and what follows after the threads
};

// The one that runs, or ran last. To be called by one host thread at a time.
Cluster& cluster();
inline Block& block() { return cluster().running(); }

// "kernel NAME, block (x, y, z), thread (x, y, z): ", or nothing if no thread runs.
std::string describe_running_thread();
// What lies at an address that a kernel could not access; empty if it is not memory of a block.
std::string describe_block_memory(const void* address);

}  // namespace cuda_emulator
