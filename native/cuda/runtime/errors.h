// What failed in the driver or the runtime: a status for the caller, and words for last_error(), per thread.
#pragma once

#include <cuda_runtime.h>

#include "../../include/squared_emd_cuda.h"

namespace semd::cuda {

// Returns SEMD_OK, SEMD_DEVICE_OUT_OF_MEMORY or SEMD_DEVICE_ERROR. `what` names the call, for last_error(). The runtime's own
// record of the error is cleared, so that no later check finds it.
semd_status check(cudaError_t error, const char* what);

// Returns SEMD_DEVICE_ERROR, for failures that the runtime has no error for; `detail` may be null.
semd_status fail(const char* what, const char* detail);

// The last failure on this thread.
const char* last_error();

}  // namespace semd::cuda
