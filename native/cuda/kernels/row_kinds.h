#pragma once

#include <cuda_runtime.h>

#include "row_problem.h"

namespace semd::cuda {

// Enqueues finding the kinds of rows, `problem.kinds`, and in `problem.result` which kinds there are and the scale of a mean over
// rows without weights.
cudaError_t enqueue_row_kinds(const RowProblem& problem, int multiprocessors, cudaStream_t stream);

}  // namespace semd::cuda
