// Captures: streams that record instead of queueing. A capture begins in one stream. Others join it by waiting for an event that
// was recorded in it, and must be joined back before it ends.
#pragma once

#include <map>
#include <thread>
#include <vector>

#include "streams.h"

namespace cuda_emulator {

struct Capture {
  unsigned long long id;  // never used again
  Stream* origin;
  cudaStreamCaptureMode mode;
  std::thread::id thread;
  bool broken = false;
  std::vector<GraphNode> nodes;
  std::map<Stream*, std::vector<std::size_t>> ends;  // per stream: the operations after which its next one comes
};

struct Graph {
  std::shared_ptr<const std::vector<GraphNode>> nodes;
};

struct GraphExecutable {
  int device;
  std::shared_ptr<const std::vector<GraphNode>> nodes;
  std::shared_ptr<Operation> last;  // the last launch, after which the next one comes
};

cudaError_t begin_capture(Stream& stream, cudaStreamCaptureMode mode);
// *graph is null unless the capture succeeded.
cudaError_t end_capture(Stream& stream, Graph** graph);
cudaError_t capture_operation(Stream& stream, std::shared_ptr<Operation> operation);
cudaError_t capture_record(Stream& stream, Event& event);
// A wait for an event if the stream or the event's record is captured.
cudaError_t capture_wait(Stream& stream, const Event& event);
// To be called when a stream of a capture is destroyed.
void abandon_capture(Stream& stream);
// Breaks a capture; returns the error, or that of a capture that was broken before.
cudaError_t break_capture(Capture& capture, cudaError_t error);
// The error of calls that must not be made during a capture, by the rules of the thread's and the captures' modes.
cudaError_t unsafe_call();
// The error of calls that would wait for a captured stream of the device.
cudaError_t device_wide_call(int device);

}  // namespace cuda_emulator
