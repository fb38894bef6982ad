// Queues of operations, and their execution, which happens only when something waits for it. Like warps, streams have priorities
// that change at random times, so that anything that may happen before something else will, for some seed.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "operations.h"
#include "runtime.h"
#include "sanitizers.h"

namespace cuda_emulator {

struct Capture;

struct Stream {
  unsigned long long id;  // never used again
  int device;
  bool blocking;  // whether it and the legacy stream wait for each other
  bool legacy;
  std::deque<std::shared_ptr<Operation>> queue;
  std::shared_ptr<Operation> last;  // queued or done
  std::shared_ptr<Capture> capture;
  bool destroyed = false;  // its operations are still executed
  std::uint32_t priority = 0;
  Strand strand;
};

struct Event {
  int device;
  bool timing;
  std::shared_ptr<MarkOperation> record;  // the last record; null before the first
  // Set while the last record is part of a capture.
  std::weak_ptr<Capture> capture;
  std::vector<std::size_t> nodes;
};

// The handle null stands for the legacy stream of the thread's device. Returns null if the handle is not a stream.
Stream* find_stream(cudaStream_t handle);
Stream* create_stream(int device, unsigned flags);
void destroy_stream(Stream& stream);
std::vector<Stream*> streams_of(int device);
bool is_event(cudaEvent_t event);
Event* create_event(int device, bool timing);
void destroy_event(Event* event);

// Adds the operation behind all others in the stream or, while it is captured, to the graph.
cudaError_t enqueue(Stream& stream, std::shared_ptr<Operation> operation);
// Executes until the operation is done (null: does nothing).
void drain(const std::shared_ptr<Operation>& operation);
void drain_device(int device);
// Executes a few steps of whatever may run, so that a program that polls makes progress.
void make_progress();

}  // namespace cuda_emulator
