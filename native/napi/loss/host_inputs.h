// The inputs of a call that are in host memory, on a device for its length.
#ifndef SQUARED_EMD_NAPI_HOST_INPUTS_H
#define SQUARED_EMD_NAPI_HOST_INPUTS_H

#include <cstddef>

#include "../../include/squared_emd.h"
#include "../gpu/device_block.h"
#include "../gpu/pinned_pool.h"

namespace semd::napi {

// Enqueues copies of the inputs of `host` that are not null, labels widened as the CUDA library takes them, to `block`, which is
// allocated here, and may then be asked for `more` bytes. Their addresses there go to `problem`, null for those without
// elements; other inputs of it stay as they are.
//
// With `pinned` (not allocated yet) in one copy from there, for which the caller keeps it busy. Without it each by itself
// from where it is: pageable memory has been read when this returns.
semd_status UploadInputs(const semd_problem& host, size_t more, DeviceBlock& block, PinnedBlock* pinned,
                         semd_problem* problem);

}  // namespace semd::napi

#endif
