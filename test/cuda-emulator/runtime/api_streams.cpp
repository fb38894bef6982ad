#include <utility>

#include "captures.h"

using namespace cuda_emulator;

namespace {

// For calls that wait for a stream or ask about its progress; and for its id, as observed on an H100.
cudaError_t not_while_captured(const Stream& stream) {
  return stream.capture ? break_capture(*stream.capture, cudaErrorStreamCaptureUnsupported) : cudaSuccess;
}

cudaStreamCaptureStatus capture_status(const Stream& stream) {
  if (!stream.capture) return cudaStreamCaptureStatusNone;
  return stream.capture->broken ? cudaStreamCaptureStatusInvalidated : cudaStreamCaptureStatusActive;
}

template <class Body>
cudaError_t stream_call(cudaStream_t handle, Body body) {
  return call([&] {
    Stream* stream = find_stream(handle);
    return stream ? body(*stream) : cudaErrorInvalidResourceHandle;
  });
}

}  // namespace

cudaError_t cudaStreamCreate(cudaStream_t* stream) { return cudaStreamCreateWithFlags(stream, cudaStreamDefault); }

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  return call([=] {
    if (flags > cudaStreamNonBlocking) return cudaErrorInvalidValue;
    *stream = create_stream(host_thread().device, flags);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamDestroy(cudaStream_t handle) {
  return stream_call(handle, [](Stream& stream) {
    if (stream.legacy) return cudaErrorInvalidResourceHandle;
    destroy_stream(stream);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
  return stream_call(handle, [](Stream& stream) {
    if (const cudaError_t error = not_while_captured(stream); error != cudaSuccess) return error;
    const int device = stream.device;
    drain(stream.last);
    return sticky_error(device);
  });
}

cudaError_t cudaStreamQuery(cudaStream_t handle) {
  return stream_call(handle, [](Stream& stream) {
    if (const cudaError_t error = not_while_captured(stream); error != cudaSuccess) return error;
    if (!stream.queue.empty()) make_progress();
    if (const cudaError_t error = sticky_error(stream.device); error != cudaSuccess) return error;
    return stream.queue.empty() ? cudaSuccess : cudaErrorNotReady;
  });
}

cudaError_t cudaStreamWaitEvent(cudaStream_t handle, cudaEvent_t event, unsigned) {
  return stream_call(handle, [=](Stream& stream) {
    if (!is_event(event)) return cudaErrorInvalidResourceHandle;
    if (stream.capture || !event->capture.expired()) return capture_wait(stream, *event);
    if (!event->record) return cudaSuccess;
    const auto wait = std::make_shared<MarkOperation>(stream.device);
    if (!event->record->done) wait->after.push_back(event->record);
    return enqueue(stream, wait);
  });
}

cudaError_t cudaStreamIsCapturing(cudaStream_t handle, cudaStreamCaptureStatus* status) {
  return stream_call(handle, [=](Stream& stream) {
    *status = capture_status(stream);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamGetCaptureInfo(cudaStream_t handle, cudaStreamCaptureStatus* status, unsigned long long* id) {
  return stream_call(handle, [=](Stream& stream) {
    *status = capture_status(stream);
    if (id && *status == cudaStreamCaptureStatusActive) *id = stream.capture->id;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamGetId(cudaStream_t handle, unsigned long long* id) {
  return stream_call(handle, [=](Stream& stream) {
    *id = stream.id;
    return not_while_captured(stream);
  });
}

cudaError_t cudaStreamBeginCapture(cudaStream_t handle, cudaStreamCaptureMode mode) {
  return stream_call(handle, [=](Stream& stream) { return begin_capture(stream, mode); });
}

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
  return call([=] {
    std::swap(host_thread().capture_mode, *mode);
    return cudaSuccess;
  });
}
