// The threads of a block, as fibers that run in a seeded random order, made to find missing barriers. Warps have priorities that change
// at random times, and the ready warp with the highest priority runs; within a warp the lanes take turns in random order whenever one of
// them has to wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "cuda_emulator/launch.h"
#include "cuda_emulator/threads.h"
#include "copies.h"
#include "fiber.h"
#include "random.h"
#include "shared_memory.h"

namespace cuda_emulator {

struct Launch {
  std::shared_ptr<const Kernel> kernel;
  dim3 grid, block;
  std::size_t shared_bytes;
  unsigned cluster;  // blocks of a cluster, neighbours in x
};

constexpr int kLanes = 32;
constexpr int kMaximumThreads = 1024;
constexpr int kMaximumWarps = kMaximumThreads / kLanes;
// Addresses that order threads, for barriers and rendezvous by turns: with a single one a slow thread would be ordered after what others do
// before the next barrier, and a block after another.
constexpr unsigned kOrders = 4096;

enum class State { ready, at_barrier, at_cluster_barrier, in_warp_operation, exited };

struct Thread {
  Fiber* fiber;
  uint3 place;
  int number;
  State state;
  unsigned mask;  // while in a warp operation
  Site site;      // where it waits
  int recent;     // number of atomics whose order a fence may still complete
  void* atomics[4];
  bool fenced;
};

// A warp operation that some of its lanes have reached.
struct Rendezvous {
  unsigned mask, arrived;
  WarpOperation operation;
  Site site;
  unsigned order;  // of those of its warp
};

struct Warp {
  unsigned existing, ready;
  int open;  // number of open rendezvous
  unsigned meetings = 0;
  char orders[kOrders]{};
  Rendezvous rendezvous[kLanes];
  std::uint64_t values[kLanes];
  std::uint64_t results[kLanes];
  int sources[kLanes];
};

std::string place_text(const uint3& place);
bool same_site(const Site& a, const Site& b);
std::string site_text(const Site& site);
// Of all choices of what runs next within a kernel.
Random& order_of_threads();

class Block {
 public:
  void prepare(const Launch& launch, uint3 place);
  // The thread that runs next; null if all of them wait.
  Thread* choose();

  int barrier(bool predicate, Site site);
  std::uint64_t warp_operation(WarpOperation operation, unsigned mask, std::uint64_t value, int source, Site site);
  // Leaves the running thread at the cluster's barrier; all threads of the block are let go together.
  void wait_for_cluster(Site site);
  void let_go();
  Thread& current() { return *current_; }
  uint3 place() const { return place_; }
  int count() const { return count_; }
  bool has_begun() const { return begun_; }
  bool has_ended() const { return exited_ == count_; }
  SharedMemory& shared() { return shared_; }
  PendingCopies& copies() { return copies_[current_->number]; }
  void make_current(Thread* thread) { current_ = thread; }
  // Ends the program if threads wait for others of the block that do not come.
  void report_deadlock() const;
  // Why a thread is not at the cluster's barrier; empty if all of them are.
  std::string who_is_not_at_cluster_barrier() const;
  std::string describe() const;
  std::string describe_memory(const void* address) const;

 private:
  static void thread_entry();
  void finish_thread();
  void wait(Thread& self);
  void shuffle_priorities();
  void complete(Warp& warp, int index);
  std::string why_not(const Thread& thread) const;
  const Thread& thread(int warp, int lane) const { return threads_[warp * kLanes + lane]; }

  Thread threads_[kMaximumThreads];
  PendingCopies copies_[kMaximumThreads];
  // Everything on the same fiber counts as ordered, so when races are watched a thread gets another fiber in each block.
  Fiber fibers_[kMaximumThreads];
  Warp warps_[kMaximumWarps];
  SharedMemory shared_;
  const Launch* launch_ = nullptr;
  uint3 place_{0, 0, 0};
  Thread* current_ = nullptr;
  int count_ = 0, warp_count_ = 0;
  int exited_ = 0;
  bool begun_ = false;

  int order_[kMaximumWarps];  // by priority
  int patience_ = 0;          // number of choices until the priorities change
  int running_warp_ = 0;

  int at_barrier_ = 0;
  unsigned barriers_ = 0;
  char barrier_orders_[kOrders]{};
  int predicates_ = 0, predicates_of_last_barrier_ = 0;
  Site barrier_site_{};
};

}  // namespace cuda_emulator
