// Uploads those inputs of a call that are in host memory, for the duration of the call.
#ifndef SQUARED_EMD_NAPI_HOST_INPUTS_H
#define SQUARED_EMD_NAPI_HOST_INPUTS_H

#include <cstddef>

#include "../../include/squared_emd.h"
#include "../gpu/device_block.h"
#include "../gpu/pinned_pool.h"

namespace semd::napi {

// Enqueues copies of the inputs of `host` that are not null to `block`, which is allocated here with room for `more` bytes;
// labels are widened to the types that the CUDA library takes. The copies' addresses are set in `problem`, to null for inputs
// without elements; its other inputs stay as they are.
//
// If `pinned` is given (not allocated yet), everything goes through it in one copy, during which the caller must keep it busy.
// Otherwise each input is copied from where it is; pageable memory has been read when this returns.
semd_status UploadInputs(const semd_problem& host, size_t more, DeviceBlock& block, PinnedBlock* pinned,
                         semd_problem* problem);

}  // namespace semd::napi

#endif
