// What all functions of the API do alike: admit one host thread at a time, check driver and device, and set the last error,
// which each thread has for itself.
#pragma once

#include <mutex>
#include <thread>

#include "cuda_emulator/host.h"
#include "sanitizers.h"

namespace cuda_emulator {

struct HostThread {
  cudaError_t last_error = cudaSuccess;
  int device = 0;
  cudaStreamCaptureMode capture_mode = cudaStreamCaptureModeGlobal;
};

HostThread& host_thread();
std::recursive_mutex& runtime_mutex();

// cudaSuccess if there are a suitable driver and at least one device.
cudaError_t driver_error();
// The error with which a kernel of the device has ended, and with which all calls end from then on.
cudaError_t sticky_error(int device);
void set_sticky_error(int device, cudaError_t error);

inline cudaError_t remember(cudaError_t error) {
  if (error != cudaSuccess) host_thread().last_error = error;
  return error;
}

// Lets other host threads in between two calls, where a program may not expect it.
struct YieldAfterwards {
  ~YieldAfterwards() { std::this_thread::yield(); }
};

template <class Body>
cudaError_t call(Body body) {
  const YieldAfterwards yield;
  const std::lock_guard lock(runtime_mutex());
  const Unwatched unwatched;
  cudaError_t error = driver_error();
  if (error == cudaSuccess) error = sticky_error(host_thread().device);
  if (error == cudaSuccess) error = body();
  return remember(error);
}

}  // namespace cuda_emulator
