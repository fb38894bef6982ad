// What the calls on one stream need besides the caller's memory: sums per block and the result. Calls on a stream run one
// after the other, so that they share it; made on the first call, then only growing.
//
// While a stream is captured its calls get scratch of their own, since the graph may run beside later calls on the
// stream. Graphs captured on the same stream share it and must not run at the same time.
#pragma once

#include <cuda_runtime.h>

#include "device.h"
#include "row_problem.h"

namespace semd::cuda {

struct Scratch {
  Partial* partials;  // [max_blocks(device)]
  DeviceResult* result;
  double* workspace;
  size_t workspace_bytes;
};

// More blocks than a launch may have of any kernel.
inline int max_blocks(const Device& device) { return device.multiprocessors * 32; }

// The caller holds no lock; the scratch is the stream's until it is destroyed.
semd_status scratch_of(const Device& device, cudaStream_t stream, bool capturing, size_t workspace_bytes, Scratch* out);

// The stream is about to be destroyed.
void forget_scratch(int32_t device, cudaStream_t stream);

}  // namespace semd::cuda
