// Whether there is a GPU to use, and why not.
#pragma once

#include "../../include/squared_emd_cuda.h"

namespace semd::cuda {

// As in the table.
void probe(semd_cuda_status* out);
semd_status device_info(int32_t device, semd_cuda_device* out);

}  // namespace semd::cuda
