#include "self_test.h"

#include "capture.h"
#include "device.h"

namespace semd::cuda {
namespace {

constexpr int kThreads = 64;

__global__ void number_threads(int32_t* out) {
  out[threadIdx.x] = 3 * static_cast<int32_t>(threadIdx.x) + 1;
}

cudaError_t run(cudaStream_t stream, int32_t* memory) {
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(1);
  config.blockDim = dim3(kThreads);
  config.stream = stream;
  cudaError_t error = cudaLaunchKernelEx(&config, number_threads, memory);
  int32_t found[kThreads] = {};
  if (error == cudaSuccess) error = cudaMemcpyAsync(found, memory, sizeof found, cudaMemcpyDeviceToHost, stream);
  if (error == cudaSuccess) error = cudaStreamSynchronize(stream);
  for (int i = 0; error == cudaSuccess && i < kThreads; i++) {
    if (found[i] != 3 * i + 1) error = cudaErrorUnknown;
  }
  return error;
}

}  // namespace

cudaError_t self_test(int32_t device) {
  const OutsideCapture outside;
  int32_t* memory = nullptr;
  cudaError_t error = cudaMalloc(reinterpret_cast<void**>(&memory), kThreads * sizeof(int32_t));
  if (error != cudaSuccess) return error;
  error = run(stream_of(device, nullptr), memory);
  const cudaError_t freed = cudaFree(memory);
  return error != cudaSuccess ? error : freed;
}

}  // namespace semd::cuda
