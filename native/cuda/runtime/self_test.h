// A tiny kernel that must run on a device before it counts as usable, as drivers, contexts and kernel images fail only then.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace semd::cuda {

// cudaSuccess, or what failed on the device; cudaErrorUnknown if the kernel ran, but wrote something wrong.
cudaError_t self_test(int32_t device);

}  // namespace semd::cuda
