// The loss on a GPU: grounds in device memory, calls on a stream.
#pragma once

#include "../../include/squared_emd_cuda.h"

namespace semd::cuda {

semd_status ground_create(int32_t device, const semd_ground_description* description, semd_ground** out);
semd_status ground_from_distances(int32_t device, void* stream, const float* distances, int32_t classes, double exponent,
                                  double offset, semd_ground** out);
void ground_destroy(semd_ground* ground);

semd_status loss_enqueue(const semd_cuda_problem* problem, semd_cuda_pending** pending);
semd_status loss_wait(semd_cuda_pending* pending, semd_result* result);

}  // namespace semd::cuda
