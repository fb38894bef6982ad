// The learned ground distance on the CPU: sums of normalized features per class, centroids, and distances between them.
// Linked into the addon; without state. docs/learned-distance.md says what the numbers mean.
#ifndef SQUARED_EMD_CENTROIDS_H
#define SQUARED_EMD_CENTROIDS_H

#include "squared_emd.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SEMD_FEATURE_NORMS(X) X(NORMALIZE_L1) X(NORMALIZE_L2) X(NORMALIZE_NONE)
#define SEMD_SCALES(X) X(SCALE_RANK) X(SCALE_MAX) X(SCALE_MEAN) X(SCALE_NONE)
typedef enum { SEMD_FEATURE_NORMS(SEMD_ENUMERATOR) } semd_feature_norm;
typedef enum { SEMD_SCALES(SEMD_ENUMERATOR) } semd_scale;

typedef struct {
  int64_t rows, features;
  int32_t classes;
  int32_t normalize;   // semd_feature_norm
  int32_t label_kind;  // semd_targets, not a distribution
  int32_t has_ignore_index;
  int64_t ignore_index;
  int32_t threads;      // 0: the default
  const float* values;  // [rows, features]
  const void* labels;   // [rows]
} semd_feature_rows;

// The checks of semd_cpu_accumulate alone: SEMD_INVALID_LABEL, with the row in the result, or SEMD_INVALID_PROBLEM.
semd_status semd_cpu_check_labels(const semd_feature_rows* rows, semd_result* result);

// Adds the normalized rows to `sums` [classes, features] and the number of rows of each class to `counts` [classes]. Rows are
// added in their order, whatever the number of threads. Labels are checked first; nothing is added unless it returns SEMD_OK.
semd_status semd_cpu_accumulate(const semd_feature_rows* rows, double* sums, double* counts, semd_result* result);

// Sets centroids to the means of what has been added up (with momentum m to m old + (1 - m) mean, where there is an old
// centroid), and sums and counts to 0. A class without rows keeps its centroid; a row of NaN is no centroid.
semd_status semd_cpu_update_centroids(int64_t features, int32_t classes, double momentum, int32_t threads, double* sums,
                                      double* counts, float* centroids);

// Euclidean distances between all pairs of points [rows, features], as [rows, rows]: symmetric to the last bit.
semd_status semd_cpu_distances(const float* points, int64_t rows, int64_t features, int32_t threads, float* out);

// The distances between centroids, scaled (semd_scale) to a ground distance. A class without a finite centroid gets the same
// distance to all others, which depends on the scale.
semd_status semd_cpu_class_distances(const float* centroids, int32_t classes, int64_t features, int32_t scale,
                                     int32_t threads, float* out);

#ifdef __cplusplus
}
#endif

#endif
