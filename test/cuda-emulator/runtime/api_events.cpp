#include "captures.h"

using namespace cuda_emulator;

namespace {

template <class Body>
cudaError_t event_call(cudaEvent_t event, Body body) {
  return call([&] { return is_event(event) ? body(*event) : cudaErrorInvalidResourceHandle; });
}

cudaError_t not_while_captured(const Event& event) {
  const std::shared_ptr<Capture> capture = event.capture.lock();
  return capture ? break_capture(*capture, cudaErrorCapturedEvent) : cudaSuccess;
}

}  // namespace

cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, cudaEventDefault); }

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  return call([=] {
    *event = create_event(host_thread().device, !(flags & cudaEventDisableTiming));
    return cudaSuccess;
  });
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t handle) {
  return event_call(event, [=](Event& recorded) {
    Stream* stream = find_stream(handle);
    if (!stream || stream->device != recorded.device) return cudaErrorInvalidResourceHandle;
    if (stream->capture) return capture_record(*stream, recorded);
    recorded.capture.reset();
    recorded.record = std::make_shared<MarkOperation>(stream->device);
    return enqueue(*stream, recorded.record);
  });
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  return event_call(event, [](const Event& asked) {
    if (const cudaError_t error = unsafe_call(); error != cudaSuccess) return error;
    if (const cudaError_t error = not_while_captured(asked); error != cudaSuccess) return error;
    const std::shared_ptr<MarkOperation> record = asked.record;
    if (record && !record->done) make_progress();
    if (const cudaError_t error = sticky_error(asked.device); error != cudaSuccess) return error;
    if (record && !record->done) return cudaErrorNotReady;
    if (record) acquire(record.get());
    return cudaSuccess;
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return event_call(event, [](const Event& awaited) {
    if (const cudaError_t error = not_while_captured(awaited); error != cudaSuccess) return error;
    const int device = awaited.device;
    drain(std::shared_ptr<Operation>(awaited.record));
    return sticky_error(device);
  });
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  return call([=] {
    if (!is_event(begin) || !is_event(end)) return cudaErrorInvalidResourceHandle;
    for (const Event* event : {begin, end}) {
      if (!event->timing || !event->record) return cudaErrorInvalidResourceHandle;
    }
    if (!begin->record->done || !end->record->done) return cudaErrorNotReady;
    *milliseconds = std::chrono::duration<float, std::milli>(end->record->time() - begin->record->time()).count();
    return cudaSuccess;
  });
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return event_call(event, [](Event& destroyed) {
    destroy_event(&destroyed);
    return cudaSuccess;
  });
}
