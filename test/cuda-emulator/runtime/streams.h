// Queues of operations and their execution, which happens only when somebody waits for some of it. Streams have
// priorities that change at random times, like warps: whatever may happen before something else will, for some seed.
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
  unsigned long long id;  // no other's, ever
  int device;
  bool blocking;  // waits for the legacy stream, and that one for it
  bool legacy;
  std::deque<std::shared_ptr<Operation>> queue;
  std::shared_ptr<Operation> last;  // queued or done
  std::shared_ptr<Capture> capture;
  bool destroyed = false;  // what it holds is executed all the same
  std::uint32_t priority = 0;
  Strand strand;
};

struct Event {
  int device;
  bool timing;
  std::shared_ptr<MarkOperation> record;  // the last one; null before
  // While its last record is part of a capture.
  std::weak_ptr<Capture> capture;
  std::vector<std::size_t> nodes;
};

// Null stands for the legacy stream of the thread's device; null for a handle that is none.
Stream* find_stream(cudaStream_t handle);
Stream* create_stream(int device, unsigned flags);
void destroy_stream(Stream& stream);
std::vector<Stream*> streams_of(int device);
bool is_event(cudaEvent_t event);
Event* create_event(int device, bool timing);
void destroy_event(Event* event);

// Behind all that the stream holds or, while it is captured, into the graph.
cudaError_t enqueue(Stream& stream, std::shared_ptr<Operation> operation);
// Executes until the operation (null: nothing) is done.
void drain(const std::shared_ptr<Operation>& operation);
void drain_device(int device);
// A few steps of whatever may run, so that a program that polls gets ahead.
void make_progress();

}  // namespace cuda_emulator
