// The loss on a GPU: calls on a stream, as declared in the table (squared_emd_cuda.h).
#pragma once

#include "../../include/squared_emd_cuda.h"

namespace semd::cuda {

semd_status loss_enqueue(const semd_cuda_problem* problem, semd_cuda_pending** pending);
semd_status loss_wait(semd_cuda_pending* pending, semd_result* result);

}  // namespace semd::cuda
