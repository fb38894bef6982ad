#include "cluster.h"

#include "floating_point.h"
#include "report.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace cuda_emulator {

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
    running_ = blocks_[order_of_threads().below(size_)].get();
    host_.switch_to(*choose()->fiber);
  }
  running_->make_current(nullptr);
  if (size_ == 1) running_->shared().check();
  running_ = nullptr;
}

// Mostly stays with the running block. The chosen thread becomes the running one.
Thread* Cluster::choose() {
  unsigned start = rank();
  if (size_ > 1 && order_of_threads().below(64) == 0) start = static_cast<unsigned>(order_of_threads().below(size_));
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
  char* const order = &barrier_orders_[barriers_ % kOrders];
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

// Never destroyed, as a thread may still run a kernel while the process ends.
Cluster& cluster() {
  static Cluster* only = new Cluster;
  return *only;
}

std::string describe_running_thread() { return cluster().is_running() ? block().describe() : ""; }
std::string describe_block_memory(const void* address) { return cluster().describe_memory(address); }

}  // namespace cuda_emulator
