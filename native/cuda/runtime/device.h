// The GPUs, with the runtime's numbers, and what is kept for each: made on first use and never released. All of it lives in
// the primary context, which other libraries in the process share.
#pragma once

#include <cuda_runtime.h>

#include "../../include/squared_emd_cuda.h"

namespace semd::cuda {

struct Device {
  int32_t index;
  int32_t major, minor;  // compute capability
  int32_t multiprocessors;
  size_t shared_memory;         // bytes that a block may have without opting in to more
  size_t shared_memory_opt_in;  // bytes that a block may have at most
  size_t l2_cache;
  uint64_t total_memory;
  bool memory_pools;  // cudaMallocAsync works
  char name[256];
};

// Makes the device current on this thread, and leaves it so. `*out`, if wanted, lives as long as the process.
semd_status use_device(int32_t index, const Device** out = nullptr);

// The stream to work on: `stream`, or the package's own if it is null. Only after use_device(index) has succeeded.
cudaStream_t stream_of(int32_t index, void* stream);

}  // namespace semd::cuda
