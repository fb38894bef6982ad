#pragma once

#include <cuda_runtime.h>

#include "row_problem.h"

namespace semd::cuda {

// Enqueues adding up the row weights: `problem.result->mean_scale` becomes 1 / sum, or 0 if the sum is 0.
cudaError_t enqueue_mean_scale(const RowProblem& problem, int blocks, cudaStream_t stream);

}  // namespace semd::cuda
