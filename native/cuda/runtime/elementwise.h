// Launches of kernels that loop over their work with a stride of the whole grid.
#pragma once

#include <cuda_runtime.h>

#include "device.h"

namespace semd::cuda {

constexpr int kElementwiseThreads = 256;

// A launch with work for `blocks` blocks of kElementwiseThreads. It may have fewer, each of which then does the work of several.
inline cudaLaunchConfig_t striding(const Device& device, cudaStream_t stream, size_t blocks, size_t shared_bytes) {
  const size_t most = static_cast<size_t>(device.multiprocessors) * 8;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned int>(blocks < most ? blocks : most));
  config.blockDim = dim3(kElementwiseThreads);
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  return config;
}

inline cudaLaunchConfig_t elementwise(const Device& device, cudaStream_t stream, size_t count) {
  return striding(device, stream, (count + kElementwiseThreads - 1) / kElementwiseThreads, 0);
}

}  // namespace semd::cuda
