#include "block.h"

#include <algorithm>
#include <cstdio>

#include "cluster.h"
#include "report.h"
#include "settings.h"

namespace cuda_emulator {
namespace {

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

}  // namespace

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

Random& order_of_threads() {
  static Random only{settings().seed};
  return only;
}

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
  const int first_fiber = kWatchesRaces ? static_cast<int>(order_of_threads().below(static_cast<unsigned>(fibers))) : 0;
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
  for (int i = warp_count_ - 1; i > 0; i--) std::swap(order_[i], order_[order_of_threads().below(static_cast<unsigned>(i + 1))]);
  patience_ = 1 + static_cast<int>(order_of_threads().below(64));
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
  const unsigned turn = order_of_threads().next() % kLanes;
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
  char* const order = &barrier_orders_[barriers_ % kOrders];
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
    meeting = {mask, 0, operation, site, warp.meetings++ % kOrders};
  } else if (meeting.operation != operation || !same_site(meeting.site, site)) {
    fail("%s at %s, where other lanes of the mask %#x wait in the %s at %s", operation_text(operation),
         site_text(site).c_str(), mask, operation_text(meeting.operation), site_text(meeting.site).c_str());
  }
  // Only __syncwarp orders memory accesses; shuffles and votes do not.
  const bool orders = operation == WarpOperation::synchronize;
  char* const order = &warp.orders[meeting.order];
  if (orders) release(order);
  warp.values[lane] = value;
  warp.sources[lane] = source;
  self.state = State::in_warp_operation;
  self.mask = mask;
  self.site = site;
  warp.ready &= ~(1u << lane);
  meeting.arrived |= 1u << lane;
  if (meeting.arrived == mask) complete(warp, index);
  wait(self);
  if (orders) acquire(order);
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

}  // namespace cuda_emulator
