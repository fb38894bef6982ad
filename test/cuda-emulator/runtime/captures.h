// Streams that record instead of queueing. A capture begins in one stream; others join it by waiting for an event that
// was recorded in it, and must be joined again before it ends.
#pragma once

#include <map>
#include <thread>
#include <vector>

#include "streams.h"

namespace cuda_emulator {

struct Capture {
  unsigned long long id;  // no other's, ever
  Stream* origin;
  cudaStreamCaptureMode mode;
  std::thread::id thread;
  bool broken = false;
  std::vector<GraphNode> nodes;
  std::map<Stream*, std::vector<std::size_t>> ends;  // per stream: what its next operation comes after
};

struct Graph {
  std::shared_ptr<const std::vector<GraphNode>> nodes;
};

struct GraphExecutable {
  int device;
  std::shared_ptr<const std::vector<GraphNode>> nodes;
  std::shared_ptr<Operation> last;  // launch, which the next one comes after
};

cudaError_t begin_capture(Stream& stream, cudaStreamCaptureMode mode);
// *graph is null unless all went well.
cudaError_t end_capture(Stream& stream, Graph** graph);
cudaError_t capture_operation(Stream& stream, std::shared_ptr<Operation> operation);
cudaError_t capture_record(Stream& stream, Event& event);
// Where the stream or the event's record is captured.
cudaError_t capture_wait(Stream& stream, const Event& event);
// A stream of it is destroyed.
void abandon_capture(Stream& stream);
// Returns the error, or what a broken capture answers.
cudaError_t break_capture(Capture& capture, cudaError_t error);
// Of calls that must not be made in the middle of a capture, by the rules of the thread's and the captures' modes.
cudaError_t unsafe_call();
// Of calls that would wait for a captured stream of the device.
cudaError_t device_wide_call(int device);

}  // namespace cuda_emulator
