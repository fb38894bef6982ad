// The learned distances: sums per class, centroids, distances between them.
#include "../include/squared_emd_centroids.h"
#include "module.h"

extern "C" {

// -1; or the first row whose label is no class, and then nothing was added; or -2 for sizes that no checked caller sends.
SEMD_EXPORT(accumulate)
double semd_wasm_accumulate(const float* values, const void* labels, int32_t label_kind, double rows, double features,
                            int32_t classes, int32_t normalize, int32_t has_ignore_index, double ignore_index, double* sums,
                            double* counts) {
  semd_feature_rows batch{};
  batch.rows = static_cast<int64_t>(rows);
  batch.features = static_cast<int64_t>(features);
  batch.classes = classes;
  batch.normalize = normalize;
  batch.label_kind = label_kind;
  batch.has_ignore_index = has_ignore_index;
  batch.ignore_index = static_cast<int64_t>(ignore_index);
  batch.values = values;
  batch.labels = labels;
  semd_result result{};
  const semd_status status = semd_cpu_accumulate(&batch, sums, counts, &result);
  if (status == SEMD_INVALID_LABEL) return static_cast<double>(result.index);
  return status == SEMD_OK ? -1 : -2;
}

SEMD_EXPORT(updateCentroids)
semd_status semd_wasm_update_centroids(double features, int32_t classes, double momentum, double* sums, double* counts,
                                       float* centroids) {
  return semd_cpu_update_centroids(static_cast<int64_t>(features), classes, momentum, 0, sums, counts, centroids);
}

SEMD_EXPORT(classDistances)
semd_status semd_wasm_class_distances(const float* centroids, int32_t classes, double features, int32_t scale, float* out) {
  return semd_cpu_class_distances(centroids, classes, static_cast<int64_t>(features), scale, 0, out);
}

SEMD_EXPORT(pairwiseDistances)
semd_status semd_wasm_pairwise_distances(const float* points, double rows, double features, float* out) {
  return semd_cpu_distances(points, static_cast<int64_t>(rows), static_cast<int64_t>(features), 0, out);
}

}  // extern "C"
