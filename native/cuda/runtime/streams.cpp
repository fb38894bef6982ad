#include "streams.h"

#include <cuda_runtime.h>

#include <memory>
#include <new>

#include "capture.h"
#include "device.h"
#include "errors.h"
#include "scratch.h"

namespace semd::cuda {
namespace {

cudaEvent_t event_of(void* event) { return static_cast<cudaEvent_t>(event); }

struct Graph {
  cudaGraphExec_t executable;
  unsigned long long capture;  // the id of the capture, which owns the scratch of its calls
};

}  // namespace

semd_status stream_create(int32_t device, void** out) {
  *out = nullptr;
  const semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  cudaStream_t stream = nullptr;
  // Non-blocking, like the package's own stream.
  const cudaError_t error = cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
  *out = stream;
  return check(error, "cudaStreamCreateWithFlags");
}

semd_status stream_destroy(int32_t device, void* stream) {
  const semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  ScratchOwner owner;
  if (scratch_owner(static_cast<cudaStream_t>(stream), &owner) == SEMD_OK) {
    owner.capture = 0;
    forget_stream_scratch(device, owner);
  }
  return check(cudaStreamDestroy(static_cast<cudaStream_t>(stream)), "cudaStreamDestroy");
}

semd_status stream_synchronize(int32_t device, void* stream) {
  const semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  const OutsideCapture outside;
  return check(cudaStreamSynchronize(stream_of(device, stream)), "cudaStreamSynchronize");
}

semd_status own_stream(int32_t device, void** out) {
  const semd_status status = use_device(device);
  if (status == SEMD_OK) *out = stream_of(device, nullptr);
  return status;
}

semd_status stream_captured(int32_t device, void* stream, int32_t* captured) {
  const semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  cudaStreamCaptureStatus capture = cudaStreamCaptureStatusNone;
  const cudaError_t error = cudaStreamIsCapturing(stream_of(device, stream), &capture);
  // The legacy stream cannot be used while a stream is captured that waits for it.
  *captured = error == cudaErrorStreamCaptureImplicit || capture != cudaStreamCaptureStatusNone;
  if (error != cudaErrorStreamCaptureImplicit) return check(error, "cudaStreamIsCapturing");
  cudaGetLastError();
  return SEMD_OK;
}

semd_status event_create(int32_t device, void** out) {
  *out = nullptr;
  const semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  cudaEvent_t event = nullptr;
  // Worker threads that wait for events should sleep, not spin.
  const cudaError_t error = cudaEventCreateWithFlags(&event, cudaEventBlockingSync);
  *out = event;
  return check(error, "cudaEventCreateWithFlags");
}

semd_status event_destroy(void* event) { return check(cudaEventDestroy(event_of(event)), "cudaEventDestroy"); }

semd_status event_record(int32_t device, void* event, void* stream) {
  const semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  return check(cudaEventRecord(event_of(event), stream_of(device, stream)), "cudaEventRecord");
}

semd_status event_wait(int32_t device, void* stream, void* event) {
  const semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  return check(cudaStreamWaitEvent(stream_of(device, stream), event_of(event), 0), "cudaStreamWaitEvent");
}

semd_status event_synchronize(void* event) {
  const OutsideCapture outside;
  return check(cudaEventSynchronize(event_of(event)), "cudaEventSynchronize");
}

semd_status event_query(void* event, int32_t* passed) {
  const OutsideCapture outside;
  const cudaError_t error = cudaEventQuery(event_of(event));
  *passed = error == cudaSuccess;
  if (error != cudaErrorNotReady) return check(error, "cudaEventQuery");
  (void)cudaGetLastError();
  return SEMD_OK;
}

semd_status event_elapsed(void* begin, void* end, float* milliseconds) {
  return check(cudaEventElapsedTime(milliseconds, event_of(begin), event_of(end)), "cudaEventElapsedTime");
}

semd_status capture_begin(int32_t device, void* stream) {
  const semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  // Relaxed, so that the capture survives when the garbage collector releases memory meanwhile.
  return check(cudaStreamBeginCapture(stream_of(device, stream), cudaStreamCaptureModeRelaxed),
               "cudaStreamBeginCapture");
}

semd_status capture_end(int32_t device, void* stream, void** graph) {
  *graph = nullptr;
  semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  ScratchOwner owner{};
  scratch_owner(stream_of(device, stream), &owner);  // fails if the capture is broken, which has no owner
  auto made = std::unique_ptr<Graph>(new (std::nothrow) Graph{nullptr, owner.capture});
  cudaGraph_t captured = nullptr;
  status = check(cudaStreamEndCapture(stream_of(device, stream), &captured), "cudaStreamEndCapture");
  if (status == SEMD_OK && !made) status = SEMD_OUT_OF_MEMORY;
  const OutsideCapture outside;
  if (status == SEMD_OK) status = check(cudaGraphInstantiate(&made->executable, captured, 0), "cudaGraphInstantiate");
  if (captured) check(cudaGraphDestroy(captured), "cudaGraphDestroy");
  if (status == SEMD_OK) {
    *graph = made.release();
  } else if (owner.capture) {
    forget_capture_scratch(owner.capture);
  }
  return status;
}

semd_status graph_launch(int32_t device, void* graph, void* stream) {
  const semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  return check(cudaGraphLaunch(static_cast<Graph*>(graph)->executable, stream_of(device, stream)), "cudaGraphLaunch");
}

semd_status graph_destroy(void* graph) {
  const OutsideCapture outside;
  const std::unique_ptr<Graph> dead(static_cast<Graph*>(graph));
  const semd_status status = check(cudaGraphExecDestroy(dead->executable), "cudaGraphExecDestroy");
  forget_capture_scratch(dead->capture);
  return status;
}

}  // namespace semd::cuda
