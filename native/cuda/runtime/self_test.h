// A tiny kernel, run once on a device before it counts as usable: drivers, contexts and kernel images fail only then.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace semd::cuda {

// cudaSuccess, or what failed on the device; cudaErrorUnknown if the kernel ran and wrote something else.
cudaError_t self_test(int32_t device);

}  // namespace semd::cuda
