// The launch of a kernel that goes over an array with a stride as large as its grid.
#pragma once

#include <cuda_runtime.h>

#include "device.h"

namespace semd::cuda {

constexpr int kElementwiseThreads = 256;

inline cudaLaunchConfig_t elementwise(const Device& device, cudaStream_t stream, size_t count) {
  const size_t blocks = (count + kElementwiseThreads - 1) / kElementwiseThreads;
  const size_t most = static_cast<size_t>(device.multiprocessors) * 8;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned int>(blocks < most ? blocks : most));
  config.blockDim = dim3(kElementwiseThreads);
  config.stream = stream;
  return config;
}

}  // namespace semd::cuda
