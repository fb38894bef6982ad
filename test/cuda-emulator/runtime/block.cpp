#include "block.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include "cuda_emulator/memory.h"
#include "cuda_emulator/threads.h"
#include "copies.h"
#include "devices.h"
#include "fiber.h"
#include "floating_point.h"
#include "random.h"
#include "report.h"
#include "settings.h"
#include "shared_memory.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace cuda_emulator {
namespace {

constexpr int kLanes = 32;
constexpr int kMaximumThreads = 1024;
constexpr int kMaximumWarps = kMaximumThreads / kLanes;
constexpr unsigned kBarrierOrders = 4096;

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
};

struct Warp {
  unsigned existing, ready;
  int open;  // number of open rendezvous
  Rendezvous rendezvous[kLanes];
  std::uint64_t values[kLanes];
  std::uint64_t results[kLanes];
  int sources[kLanes];
};

std::string place_text(const uint3& place) {
  char text[64];
  std::snprintf(text, sizeof text, "(%u, %u, %u)", place.x, place.y, place.z);
  return text;
}

bool same_site(const Site& a, const Site& b) {
  return a.line == b.line && (a.file == b.file || std::string(a.file) == b.file);
}

std::string site_text(const Site& site) {
  const std::string file = site.file;
  return file.substr(file.find_last_of('/') + 1) + ":" + std::to_string(site.line);
}

const char* operation_text(WarpOperation operation) {
  switch (operation) {
    case WarpOperation::synchronize:
      return "__syncwarp";
    case WarpOperation::shuffle:
      return "shuffle";
    default:
      return "vote";
  }
}

Random& random() {
  static Random only{settings().seed};
  return only;
}

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
  // By turns, as a slow thread must not be ordered after what others do before the next barrier, nor a block after another.
  char barrier_orders_[kBarrierOrders]{};
  int predicates_ = 0, predicates_of_last_barrier_ = 0;
  Site barrier_site_{};
};

// The blocks that run together: those of a cluster, or a single one.
class Cluster {
 public:
  void run(const Launch& launch, uint3 first);
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
  char barrier_orders_[kBarrierOrders]{};  // as those of blocks
  Site barrier_site_{};
  char begin_ = 0, end_ = 0;  // addresses that order the threads after the launch, and what follows after the threads
};

// Never destroyed, as a thread may still run a kernel while the process ends.
Cluster& cluster() {
  static Cluster* only = new Cluster;
  return *only;
}
Block& block() { return cluster().running(); }

void Block::thread_entry() {
  Block& self = block();
  self.current_->fiber->begin();
  self.begun_ = true;
  cluster().order_after_launch();
  self.launch_->kernel->run_thread();
  self.finish_thread();
}

void Block::prepare(const Launch& launch, uint3 place_in_grid) {
  launch_ = &launch;
  place_ = place_in_grid;
  current_ = nullptr;
  begun_ = false;
  shared_.prepare(launch.shared_bytes);
  count_ = static_cast<int>(launch.block.x * launch.block.y * launch.block.z);
  warp_count_ = (count_ + kLanes - 1) / kLanes;
  exited_ = at_barrier_ = predicates_ = 0;
  barriers_++;
  const int fibers = kWatchesRaces ? std::min(std::max(4 * count_, 64), kMaximumThreads) : kMaximumThreads;
  const int first_fiber = kWatchesRaces ? static_cast<int>(random().below(static_cast<unsigned>(fibers))) : 0;
  uint3 place{0, 0, 0};
  for (int i = 0; i < count_; i++) {
    Thread& thread = threads_[i];
    thread.place = place;
    thread.number = i;
    thread.state = State::ready;
    thread.recent = 0;
    std::fill(std::begin(thread.atomics), std::end(thread.atomics), nullptr);
    thread.fenced = false;
    copies_[i].clear();
    thread.fiber = &fibers_[(first_fiber + i) % fibers];
    thread.fiber->prepare(thread_entry);
    if (++place.x == launch.block.x) {
      place.x = 0;
      if (++place.y == launch.block.y) place.y = 0, place.z++;
    }
  }
  for (int w = 0; w < warp_count_; w++) {
    const int lanes = std::min(kLanes, count_ - w * kLanes);
    warps_[w].existing = warps_[w].ready = lanes == kLanes ? 0xffffffffu : (1u << lanes) - 1;
    warps_[w].open = 0;
    order_[w] = w;
  }
  shuffle_priorities();
}

void Block::finish_thread() {
  Thread& self = *current_;
  if (!copies_[self.number].empty()) fail("ends without having waited for its asynchronous copies");
  cluster().order_before_end();
  self.state = State::exited;
  warps_[self.number / kLanes].ready &= ~(1u << self.number % kLanes);
  if (++exited_ == count_) {
    cluster().finish_block(self);
  } else {
    wait(self);
  }
}

void Block::wait(Thread& self) { cluster().go_on(self); }

void Block::shuffle_priorities() {
  for (int i = warp_count_ - 1; i > 0; i--) std::swap(order_[i], order_[random().below(static_cast<unsigned>(i + 1))]);
  patience_ = 1 + static_cast<int>(random().below(64));
  running_warp_ = order_[0];
}

Thread* Block::choose() {
  if (--patience_ <= 0) shuffle_priorities();
  if (!warps_[running_warp_].ready) {
    int i = 0;
    while (i < warp_count_ && !warps_[order_[i]].ready) i++;
    if (i == warp_count_) return nullptr;
    running_warp_ = order_[i];
  }
  const unsigned ready = warps_[running_warp_].ready;
  const unsigned turn = random().next() % kLanes;
  const unsigned turned = turn ? ready >> turn | ready << (kLanes - turn) : ready;
  const unsigned lane = (static_cast<unsigned>(__builtin_ctz(turned)) + turn) % kLanes;
  return &threads_[running_warp_ * kLanes + static_cast<int>(lane)];
}

int Block::barrier(bool predicate, Site site) {
  Thread& self = *current_;
  if (at_barrier_ > 0 && !same_site(site, barrier_site_)) {
    fail("reached the barrier at %s while other threads wait at the one at %s", site_text(site).c_str(),
         site_text(barrier_site_).c_str());
  }
  barrier_site_ = self.site = site;
  self.state = State::at_barrier;
  predicates_ += predicate;
  char* const order = &barrier_orders_[barriers_ % kBarrierOrders];
  release(order);
  warps_[self.number / kLanes].ready &= ~(1u << self.number % kLanes);
  if (++at_barrier_ == count_) {
    for (int i = 0; i < count_; i++) threads_[i].state = State::ready;
    for (int w = 0; w < warp_count_; w++) warps_[w].ready = warps_[w].existing;
    predicates_of_last_barrier_ = predicates_;
    at_barrier_ = predicates_ = 0;
    barriers_++;
    shuffle_priorities();
  }
  wait(self);
  acquire(order);
  return predicates_of_last_barrier_;
}

void Block::complete(Warp& warp, int index) {
  const Rendezvous& met = warp.rendezvous[index];
  std::uint64_t votes = 0;
  if (met.operation != WarpOperation::shuffle) {
    for (unsigned rest = met.mask; rest; rest &= rest - 1) {
      const int lane = __builtin_ctz(rest);
      votes |= (warp.values[lane] & 1) << lane;
    }
    if (met.operation == WarpOperation::any) votes = votes != 0;
    if (met.operation == WarpOperation::all) votes = votes == met.mask;
  }
  const int first = static_cast<int>(&warp - warps_) * kLanes;
  for (unsigned rest = met.mask; rest; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    warp.results[lane] = met.operation == WarpOperation::shuffle ? warp.values[warp.sources[lane]] : votes;
    threads_[first + lane].state = State::ready;
  }
  warp.ready |= met.mask;
  warp.rendezvous[index] = warp.rendezvous[--warp.open];
}

std::uint64_t Block::warp_operation(WarpOperation operation, unsigned mask, std::uint64_t value, int source,
                                    Site site) {
  Thread& self = *current_;
  const int lane = self.number % kLanes;
  Warp& warp = warps_[self.number / kLanes];
  if (!(mask >> lane & 1)) {
    fail("%s at %s: the mask %#x does not name the calling lane %d", operation_text(operation), site_text(site).c_str(),
         mask, lane);
  }
  if (operation == WarpOperation::shuffle && !(mask >> source & 1)) {
    fail("shuffle at %s: lane %d reads lane %d, which the mask %#x does not name", site_text(site).c_str(), lane,
         source, mask);
  }
  int index = 0;
  while (index < warp.open && warp.rendezvous[index].mask != mask) index++;
  Rendezvous& meeting = warp.rendezvous[index];
  if (index == warp.open) {
    warp.open++;
    meeting = {mask, 0, operation, site};
  } else if (meeting.operation != operation || !same_site(meeting.site, site)) {
    fail("%s at %s, where other lanes of the mask %#x wait in the %s at %s", operation_text(operation),
         site_text(site).c_str(), mask, operation_text(meeting.operation), site_text(meeting.site).c_str());
  }
  // Only __syncwarp orders memory accesses; shuffles and votes do not.
  const bool orders = operation == WarpOperation::synchronize;
  if (orders) release(&warp);
  warp.values[lane] = value;
  warp.sources[lane] = source;
  self.state = State::in_warp_operation;
  self.mask = mask;
  self.site = site;
  warp.ready &= ~(1u << lane);
  meeting.arrived |= 1u << lane;
  if (meeting.arrived == mask) complete(warp, index);
  wait(self);
  if (orders) acquire(&warp);
  return warp.results[lane];
}

std::string Block::why_not(const Thread& thread) const {
  const std::string who = "thread " + place_text(thread.place);
  switch (thread.state) {
    case State::exited:
      return who + " has exited";
    case State::at_barrier:
      return who + " waits in __syncthreads at " + site_text(thread.site);
    case State::at_cluster_barrier:
      return who + " waits at the cluster's barrier at " + site_text(thread.site);
    default: {
      char mask[16];
      std::snprintf(mask, sizeof mask, "%#x", thread.mask);
      return who + " waits for the lanes " + mask + " at " + site_text(thread.site);
    }
  }
}

// An incomplete warp operation is blamed before a barrier that may only be waiting for its lanes.
void Block::report_deadlock() const {
  for (int w = 0; w < warp_count_; w++) {
    if (!warps_[w].open) continue;
    const Rendezvous& meeting = warps_[w].rendezvous[0];
    const unsigned absent = meeting.mask & ~meeting.arrived;
    const int lane = __builtin_ctz(absent);
    const std::string where = site_text(meeting.site);
    if (!(warps_[w].existing >> lane & 1)) {
      fail("%s at %s waits for lane %d of warp %d, which the block does not have", operation_text(meeting.operation),
           where.c_str(), lane, w);
    }
    fail("%s at %s with the mask %#x is not reached by lane %d of warp %d: %s", operation_text(meeting.operation),
         where.c_str(), meeting.mask, lane, w, why_not(thread(w, lane)).c_str());
  }
  for (int i = 0; at_barrier_ > 0 && i < count_; i++) {
    if (threads_[i].state == State::at_barrier) continue;
    fail("__syncthreads at %s is reached by %d of %d threads: %s", site_text(barrier_site_).c_str(), at_barrier_,
         count_, why_not(threads_[i]).c_str());
  }
}

std::string Block::who_is_not_at_cluster_barrier() const {
  for (int i = 0; i < count_; i++) {
    if (threads_[i].state != State::at_cluster_barrier) return why_not(threads_[i]) + " of block " + place_text(place_);
  }
  return "";
}

void Block::wait_for_cluster(Site site) {
  Thread& self = *current_;
  self.site = site;
  self.state = State::at_cluster_barrier;
  warps_[self.number / kLanes].ready &= ~(1u << self.number % kLanes);
}

void Block::let_go() {
  for (int i = 0; i < count_; i++) threads_[i].state = State::ready;
  for (int w = 0; w < warp_count_; w++) warps_[w].ready = warps_[w].existing;
  shuffle_priorities();
}

std::string Block::describe() const {
  const std::string where = kernel_name(launch_->kernel->function()) + ", block " + place_text(place_);
  return where + (current_ ? ", thread " + place_text(current_->place) : "") + ": ";
}

std::string Block::describe_memory(const void* address) const {
  if (current_ && current_->fiber->overflows_at(address)) return "below the thread's stack: it overflowed";
  return shared_.describe(address);
}

void Cluster::run(const Launch& launch, uint3 first) {
  size_ = launch.cluster;
  finished_ = 0;
  at_barrier_ = threads_ = 0;
  barriers_++;
  while (blocks_.size() < size_) blocks_.push_back(std::make_unique<Block>());
  for (unsigned rank = 0; rank < size_; rank++) {
    blocks_[rank]->prepare(launch, {first.x + rank, first.y, first.z});
    threads_ += blocks_[rank]->count();
  }
  blockDim = launch.block;
  gridDim = launch.grid;
  host_.adopt_current();
  release(&begin_);
  {
    const DeviceFloatingPoint modes;
    running_ = blocks_[random().below(size_)].get();
    host_.switch_to(*choose()->fiber);
  }
  running_->make_current(nullptr);
  if (size_ == 1) running_->shared().check();
  running_ = nullptr;
}

// Mostly stays with the running block. The chosen thread becomes the running one.
Thread* Cluster::choose() {
  unsigned start = rank();
  if (size_ > 1 && random().below(64) == 0) start = static_cast<unsigned>(random().below(size_));
  for (unsigned i = 0; i < size_; i++) {
    Block& candidate = *blocks_[(start + i) % size_];
    Thread* thread = candidate.choose();
    if (!thread) continue;
    running_ = &candidate;
    candidate.make_current(thread);
    threadIdx = thread->place;
    blockIdx = candidate.place();
    return thread;
  }
  return nullptr;
}

void Cluster::go_on(Thread& self) {
  Thread* next = choose();
  if (!next) report_deadlock();
  if (next != &self) self.fiber->switch_to(*next->fiber, self.state == State::exited);
}

void Cluster::finish_block(Thread& self) {
  if (++finished_ == size_) {
    if (size_ > 1) running_->shared().check();
    self.fiber->switch_to(host_, true);
  }
  running_->shared().check();
  running_->shared().close();
  go_on(self);
}

unsigned Cluster::rank() const {
  unsigned rank = 0;
  while (blocks_[rank].get() != running_) rank++;
  return rank;
}

void Cluster::barrier(Site site) {
  if (at_barrier_ > 0 && !same_site(site, barrier_site_)) {
    fail("reached the cluster's barrier at %s while other threads wait at the one at %s", site_text(site).c_str(),
         site_text(barrier_site_).c_str());
  }
  barrier_site_ = site;
  Thread& self = running_->current();
  running_->wait_for_cluster(site);
  char* const order = &barrier_orders_[barriers_ % kBarrierOrders];
  release(order);
  if (++at_barrier_ == threads_) {
    at_barrier_ = 0;
    barriers_++;
    for (unsigned rank = 0; rank < size_; rank++) blocks_[rank]->let_go();
  }
  go_on(self);
  acquire(order);
}

// Nothing can continue. Barriers of the cluster may only be waiting for those of blocks.
void Cluster::report_deadlock() {
  for (unsigned rank = 0; rank < size_; rank++) {
    running_ = blocks_[rank].get();
    running_->report_deadlock();
  }
  for (unsigned rank = 0; rank < size_; rank++) {
    const std::string who = blocks_[rank]->who_is_not_at_cluster_barrier();
    if (who.empty()) continue;
    fail("the cluster's barrier at %s is reached by %d of %d threads: %s", site_text(barrier_site_).c_str(), at_barrier_,
         threads_, who.c_str());
  }
  fail("threads wait for each other");
}

std::string Cluster::describe_memory(const void* address) const {
  for (unsigned rank = 0; running_ && rank < size_; rank++) {
    const std::string found = blocks_[rank]->describe_memory(address);
    if (!found.empty()) return found;
  }
  return "";
}

}  // namespace

void run_cluster(const Launch& launch, uint3 first) { cluster().run(launch, first); }
void order_after_blocks() { cluster().order_after(); }
bool kernel_is_running() { return cluster().is_running(); }
std::string describe_running_thread() { return cluster().is_running() ? block().describe() : ""; }
std::string describe_block_memory(const void* address) { return cluster().describe_memory(address); }

int block_barrier(bool predicate, Site site) { return block().barrier(predicate, site); }

std::uint64_t warp_operation(WarpOperation operation, unsigned mask, std::uint64_t value, int source, Site site) {
  return block().warp_operation(operation, mask, value, source, site);
}

int shuffle_source(Shuffle shuffle, int operand, int width, Site site) {
  if (width < 1 || width > kLanes || (width & (width - 1))) {
    fail("shuffle at %s: a width of %d is no power of two up to 32", site_text(site).c_str(), width);
  }
  const int lane = block().current().number % kLanes;
  const int first = lane & ~(width - 1);
  const int last = first + width - 1;
  switch (shuffle) {
    case Shuffle::index:
      return first + (operand & (width - 1));
    case Shuffle::up:
      return static_cast<unsigned>(operand) > static_cast<unsigned>(lane - first) ? lane : lane - operand;
    case Shuffle::down:
      return static_cast<unsigned>(operand) > static_cast<unsigned>(last - lane) ? lane : lane + operand;
    default:
      return (lane ^ operand) > last ? lane : (lane ^ operand) & (kLanes - 1);
  }
}

// Lanes need not run together, so a program must not rely on any lane but its own.
unsigned active_lanes() { return 1u << block().current().number % kLanes; }

void* shared_memory() { return block().shared().data(); }

void cluster_barrier(Site site) { cluster().barrier(site); }
unsigned cluster_rank() { return cluster().rank(); }
unsigned cluster_size() { return cluster().size(); }

void* map_shared_rank(void* address, unsigned rank) {
  if (rank >= cluster().size()) fail("maps the shared memory of block %u of a cluster of %u", rank, cluster().size());
  Block& owner = cluster().block(rank);
  if (!owner.has_begun()) fail("maps the shared memory of block %u of its cluster, which has not begun", rank);
  if (owner.has_ended()) fail("maps the shared memory of block %u of its cluster, which has ended", rank);
  const std::ptrdiff_t place = static_cast<char*>(address) - static_cast<char*>(block().shared().data());
  return static_cast<char*>(owner.shared().data()) + place;
}

void check_alignment(const void* address, std::size_t alignment) {
  if (reinterpret_cast<std::uintptr_t>(address) % alignment == 0) return;
  fail("accesses %p, which is not aligned to %zu bytes", address, alignment);
}

void begin_copy(const AsyncCopy& copy) { block().copies().begin(copy); }
void commit_copies() { block().copies().commit(); }
bool due_copy(std::size_t newer, AsyncCopy* out) { return block().copies().due(newer, out); }

void fence() {
  Thread& self = block().current();
  self.fenced = true;
  for (void*& address : self.atomics) {
    if (address) acquire(address);
    address = nullptr;
  }
}

void before_atomic(void* address) {
  if (block().current().fenced) release(address);
}

void after_atomic(void* address) {
  Thread& self = block().current();
  self.atomics[self.recent++ % 4] = address;
}

}  // namespace cuda_emulator
