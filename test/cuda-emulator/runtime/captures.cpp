#include "captures.h"

#include <algorithm>
#include <set>

namespace cuda_emulator {
namespace {

std::set<Capture*>& active() {
  static auto* captures = new std::set<Capture*>;
  return *captures;
}

void join(std::vector<std::size_t>& ends, const std::vector<std::size_t>& others) {
  for (const std::size_t node : others) {
    if (std::find(ends.begin(), ends.end(), node) == ends.end()) ends.push_back(node);
  }
}

void close_capture(Capture& capture) {
  active().erase(&capture);
  for (const auto& [joined, ends] : capture.ends) joined->capture = nullptr;
}

// Whether everything leads to the ends of the stream in which the capture began.
bool is_joined(const Capture& capture) {
  std::vector<bool> leads(capture.nodes.size(), false);
  for (const std::size_t node : capture.ends.at(capture.origin)) leads[node] = true;
  for (std::size_t i = capture.nodes.size(); i-- > 0;) {
    if (!leads[i]) return false;
    for (const std::size_t before : capture.nodes[i].after) leads[before] = true;
  }
  return true;
}

}  // namespace

cudaError_t begin_capture(Stream& stream, cudaStreamCaptureMode mode) {
  if (stream.legacy) return cudaErrorStreamCaptureUnsupported;
  if (stream.capture) return cudaErrorIllegalState;
  static unsigned long long captures = 0;
  auto capture = std::make_shared<Capture>();
  capture->id = ++captures;
  capture->origin = &stream;
  capture->mode = mode;
  capture->thread = std::this_thread::get_id();
  capture->ends[&stream];
  active().insert(capture.get());
  stream.capture = std::move(capture);
  return cudaSuccess;
}

cudaError_t end_capture(Stream& stream, Graph** graph) {
  *graph = nullptr;
  const std::shared_ptr<Capture> capture = stream.capture;
  if (!capture) return cudaErrorIllegalState;
  if (capture->origin != &stream) return break_capture(*capture, cudaErrorStreamCaptureUnmatched);
  if (capture->mode != cudaStreamCaptureModeRelaxed && capture->thread != std::this_thread::get_id()) {
    return cudaErrorStreamCaptureWrongThread;
  }
  close_capture(*capture);
  if (capture->broken) return cudaErrorStreamCaptureInvalidated;
  if (!is_joined(*capture)) return cudaErrorStreamCaptureUnjoined;
  *graph = new Graph{std::make_shared<const std::vector<GraphNode>>(std::move(capture->nodes))};
  return cudaSuccess;
}

cudaError_t capture_operation(Stream& stream, std::shared_ptr<Operation> operation) {
  Capture& capture = *stream.capture;
  if (capture.broken) return cudaErrorStreamCaptureInvalidated;
  std::vector<std::size_t>& ends = capture.ends[&stream];
  capture.nodes.push_back({std::move(operation), ends});
  ends = {capture.nodes.size() - 1};
  return cudaSuccess;
}

cudaError_t capture_record(Stream& stream, Event& event) {
  if (stream.capture->broken) return cudaErrorStreamCaptureInvalidated;
  event.record = nullptr;
  event.capture = stream.capture;
  event.nodes = stream.capture->ends[&stream];
  return cudaSuccess;
}

cudaError_t capture_wait(Stream& stream, const Event& event) {
  const std::shared_ptr<Capture> recorded = event.capture.lock();
  if (stream.capture && stream.capture->broken) return cudaErrorStreamCaptureInvalidated;
  if (!recorded || active().count(recorded.get()) == 0) {
    if (!stream.capture) return cudaErrorCapturedEvent;  // its capture has ended
    return event.record ? break_capture(*stream.capture, cudaErrorStreamCaptureIsolation) : cudaSuccess;
  }
  if (recorded->broken) return cudaErrorStreamCaptureInvalidated;
  if (stream.legacy) return break_capture(*recorded, cudaErrorStreamCaptureImplicit);
  if (!stream.capture) stream.capture = recorded;
  if (stream.capture != recorded) {
    recorded->broken = true;
    return break_capture(*stream.capture, cudaErrorStreamCaptureMerge);
  }
  join(recorded->ends[&stream], event.nodes);
  return cudaSuccess;
}

void abandon_capture(Stream& stream) {
  const std::shared_ptr<Capture> capture = stream.capture;
  if (!capture) return;
  capture->broken = true;
  if (capture->origin == &stream) {
    close_capture(*capture);
  } else {
    capture->ends.erase(&stream);
  }
}

cudaError_t break_capture(Capture& capture, cudaError_t error) {
  if (capture.broken) return cudaErrorStreamCaptureInvalidated;
  capture.broken = true;
  return error;
}

cudaError_t unsafe_call() {
  const cudaStreamCaptureMode mode = host_thread().capture_mode;
  if (mode == cudaStreamCaptureModeRelaxed) return cudaSuccess;
  cudaError_t error = cudaSuccess;
  for (Capture* capture : active()) {
    const bool own = capture->thread == std::this_thread::get_id();
    const bool forbids = own ? capture->mode != cudaStreamCaptureModeRelaxed
                             : capture->mode == cudaStreamCaptureModeGlobal && mode == cudaStreamCaptureModeGlobal;
    if (!forbids) continue;
    capture->broken = true;
    error = cudaErrorStreamCaptureUnsupported;
  }
  return error;
}

cudaError_t device_wide_call(int device) {
  cudaError_t error = unsafe_call();
  for (Stream* stream : streams_of(device)) {
    if (!stream->capture) continue;
    stream->capture->broken = true;
    error = cudaErrorStreamCaptureUnsupported;
  }
  return error;
}

}  // namespace cuda_emulator
