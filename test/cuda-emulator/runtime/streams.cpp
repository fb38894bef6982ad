#include "streams.h"

#include <algorithm>
#include <set>

#include "captures.h"
#include "faults.h"
#include "orders.h"
#include "report.h"

namespace cuda_emulator {
namespace {

struct Everything {
  std::map<Stream*, std::unique_ptr<Stream>> streams;
  std::map<int, Stream*> legacy;
  std::set<Event*> events;
  int patience = 0;  // number of choices until the priorities change
};

Everything& everything() {
  static auto* only = new Everything;
  return *only;
}

Stream* add_stream(int device, bool blocking, bool legacy) {
  static unsigned long long streams = 0;
  auto stream = std::make_unique<Stream>();
  stream->id = ++streams;
  stream->device = device;
  stream->blocking = blocking;
  stream->legacy = legacy;
  stream->strand.create();
  Stream* added = stream.get();
  everything().streams[added] = std::move(stream);
  return added;
}

bool all_done(const std::vector<std::shared_ptr<Operation>>& operations) {
  return std::all_of(operations.begin(), operations.end(), [](const auto& operation) { return operation->done; });
}

Stream* choose() {
  Everything& all = everything();
  const bool change = --all.patience <= 0;
  if (change) all.patience = 1 + static_cast<int>(order_of_operations().below(16));
  Stream* chosen = nullptr;
  for (const auto& [handle, stream] : all.streams) {
    if (change) stream->priority = order_of_operations().next();
    if (stream->queue.empty() || !all_done(stream->queue.front()->after)) continue;
    if (!chosen || stream->priority > chosen->priority) chosen = stream.get();
  }
  return chosen;
}

void step(Stream& stream) {
  const std::shared_ptr<Operation> operation = stream.queue.front();
  // After a sticky error nothing is executed on the device any more.
  const bool skipped = sticky_error(operation->device()) != cudaSuccess;
  Strand host;
  host.adopt_current();
  stream.strand.enter();
  bool complete = true;
  {
    const Unwatched unwatched;
    acquire(operation.get());
    for (const auto& before : operation->after) acquire(before.get());
    if (!skipped) complete = operation->step();
    if (complete) release(operation.get());
  }
  host.enter();
  if (complete) {
    operation->done = true;
    operation->after.clear();
    stream.queue.pop_front();
  }
}

void remove_destroyed() {
  auto& streams = everything().streams;
  for (auto next = streams.begin(); next != streams.end();) {
    Stream& stream = *next->second;
    if (stream.destroyed && stream.queue.empty()) {
      stream.strand.destroy();
      next = streams.erase(next);
    } else {
      ++next;
    }
  }
}

template <class Condition>
void execute_while(Condition condition) {
  {
    const Executing executing;
    while (condition()) {
      Stream* stream = choose();
      if (!stream) fail("streams wait for each other");
      step(*stream);
    }
    allocations().open(0);
  }
  remove_destroyed();
}

}  // namespace

Stream* find_stream(cudaStream_t handle) {
  Everything& all = everything();
  if (handle == nullptr || handle == cudaStreamLegacy) {
    Stream*& legacy = all.legacy[host_thread().device];
    if (!legacy) legacy = add_stream(host_thread().device, true, true);
    return legacy;
  }
  const auto found = all.streams.find(handle);
  return found == all.streams.end() || found->second->destroyed ? nullptr : found->second.get();
}

Stream* create_stream(int device, unsigned flags) {
  return add_stream(device, !(flags & cudaStreamNonBlocking), false);
}

void destroy_stream(Stream& stream) {
  abandon_capture(stream);
  stream.destroyed = true;
  remove_destroyed();
}

std::vector<Stream*> streams_of(int device) {
  std::vector<Stream*> found;
  for (const auto& [handle, stream] : everything().streams) {
    if (stream->device == device) found.push_back(stream.get());
  }
  return found;
}

bool is_event(cudaEvent_t event) { return everything().events.count(event) != 0; }

Event* create_event(int device, bool timing) {
  auto* event = new Event{};
  event->device = device;
  event->timing = timing;
  everything().events.insert(event);
  return event;
}

void destroy_event(Event* event) {
  everything().events.erase(event);
  delete event;
}

cudaError_t enqueue(Stream& stream, std::shared_ptr<Operation> operation) {
  if (stream.capture) return capture_operation(stream, std::move(operation));
  if (stream.blocking) {
    for (Stream* other : streams_of(stream.device)) {
      if (other == &stream || !other->blocking || other->legacy == stream.legacy) continue;
      if (stream.legacy && other->capture) return break_capture(*other->capture, cudaErrorStreamCaptureImplicit);
      if (other->last && !other->last->done) operation->after.push_back(other->last);
    }
  }
  release(operation.get());
  stream.last = operation;
  stream.queue.push_back(std::move(operation));
  return cudaSuccess;
}

void drain(const std::shared_ptr<Operation>& operation) {
  if (!operation) return;
  execute_while([&] { return !operation->done; });
  acquire(operation.get());
}

void drain_device(int device) {
  std::vector<std::shared_ptr<Operation>> pending;  // a copy, as streams come and go meanwhile
  for (const Stream* stream : streams_of(device)) pending.push_back(stream->last);
  for (const auto& operation : pending) drain(operation);
}

void make_progress() {
  int steps = 1 + static_cast<int>(order_of_operations().below(4));
  execute_while([&] { return steps-- > 0 && choose(); });
}

}  // namespace cuda_emulator
