// Whether there is a usable GPU, and if not, why.
#pragma once

#include "../../include/squared_emd_cuda.h"

namespace semd::cuda {

// As declared in the table (squared_emd_cuda.h).
void probe(semd_cuda_status* out);
semd_status device_info(int32_t device, semd_cuda_device* out);

}  // namespace semd::cuda
