#pragma once

#include <cstdint>

#include "../../include/squared_emd.h"

namespace semd::cuda {

// Enqueues the Euclidean distances between all pairs of points, float32 [rows, features], to [rows, rows].
semd_status pairwise_distances(int32_t device, void* stream, const float* points, int64_t rows, int64_t features, float* out);

}  // namespace semd::cuda
