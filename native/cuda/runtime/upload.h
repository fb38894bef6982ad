// A copy to the device that is complete when the call returns, for what is made once and then read on any stream. cudaMemcpy
// would not do, as from pageable memory it may return before the device has the bytes.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>

#include "../../include/squared_emd_cuda.h"

namespace semd::cuda {

// Uploads to the current device, even while streams are being captured.
semd_status upload(void* to, const void* from, size_t bytes);

}  // namespace semd::cuda
