// The loss of arrays in host memory, computed on a GPU: they are uploaded, and the outputs downloaded.
#ifndef SQUARED_EMD_NAPI_STAGED_LOSS_H
#define SQUARED_EMD_NAPI_STAGED_LOSS_H

#include "../core/errors.h"
#include "ground.h"

namespace semd::napi {

// Blocks; may be called on any thread. The problem's pointers are to host memory, its ground distance is prepared for a GPU.
// Writes nothing unless it succeeds.
Outcome SolveStaged(const Ground& ground, void* stream, const semd_problem& problem, semd_result* result);

}  // namespace semd::napi

#endif
