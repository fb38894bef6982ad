// Sums of features per class, centroids, and the scales that make their distances a ground distance. These only enqueue.
#pragma once

#include "../../include/squared_emd_cuda.h"

namespace semd::cuda {

semd_status accumulate(const semd_cuda_feature_rows* rows);
semd_status update_centroids(int32_t device, void* stream, int64_t features, int32_t classes, double momentum, double* sums,
                             double* counts, float* centroids);
size_t class_distances_scratch(int32_t classes, int32_t scale);
semd_status class_distances(int32_t device, void* stream, const float* centroids, int32_t classes, int64_t features,
                            int32_t scale, void* scratch, float* out);
semd_status mix_distances(int32_t device, void* stream, float* distances, size_t count, double factor, const float* prior,
                          double prior_weight);

}  // namespace semd::cuda
