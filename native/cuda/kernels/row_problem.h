// What the loss kernels get as their one parameter: a call, with everything that is the same for all rows worked out on the
// host.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#include "../../include/squared_emd_cuda.h"
#include "ground_view.h"
#include "../runtime/result.h"

namespace semd::cuda {

// What a row of a distribution may be instead of a class index.
constexpr int kIgnoredRow = -1;       // no entry is positive
constexpr int kDistributionRow = -2;  // several are, or one is no mass

// Of an element of predictions and gradient.
inline size_t element_size(int32_t float_type) {
  switch (static_cast<semd_float_type>(float_type)) {
#define SEMD_CASE(NAME, BYTES) \
  case SEMD_##NAME: return BYTES;
    SEMD_FLOAT_TYPES(SEMD_CASE)
#undef SEMD_CASE
  }
  return 0;
}

struct RowProblem {
  int64_t rows, inner;
  int64_t first_row;  // of the launch, whose last one is rows - 1: of an energy some rows are taken at a time
  double inverse_inner;
  uint32_t inverse_classes;  // 2^32 / classes, rounded up; exact for spans of up to 65536 classes
  int32_t classes, power, input, reduction, target_kind, float_type;
  int32_t has_ignore_index;
  int32_t stages;          // of each span: with two, the next span is under way while one is worked on
  int32_t group_size;      // threads that share a segmented row
  int32_t chunk;           // classes of a chunked row that are in shared memory at a time
  int32_t gaps_in_shared;  // segmented rows find a copy there
  int32_t packed;   // every row of predictions and gradient begins and ends at a multiple of 16 bytes
  int32_t aligned;  // every row begins where vectors of four elements may be read and written
  int64_t ignore_index;
  const void* predictions;
  const void* targets;
  int32_t* kinds;  // of a batch of distributions, [rows]: class indices, or what else rows are; else null
  const float* class_weights;
  const float* sample_weights;
  const float* upstream_rows;
  void* gradient;
  float* losses;
  float* loss_out;
  float cross_entropy_weight, emd_weight, upstream;
  float emd_scale;  // E is multiplied by this before the root, where there is one
  int32_t root;
  int32_t weighs;     // the scale of a mean is in the result's `mean_scale`, else in `scale`
  double scale;       // what rows are multiplied by in a mean or a sum
  int32_t plain;      // class indices alone: no weights, ignored labels, losses or upstream gradients per row, or roots
  int32_t scales_rows;  // rows have weights or upstream gradients of their own, or the mean has a divisor of its own
  float row_scale;      // else what every row's gradient is multiplied by
  float largest_gradient;  // the largest finite number of the gradient's type
  GroundView ground;
  double* workspace;  // of trees whose rows do not fit shared memory: for each group of threads in turn; else null
  float* masses;      // of an energy, [rows - first_row, energy_pitch(classes)]: what M is multiplied by,
  float* products;    // and what comes of it
  int32_t opens, closes;  // the launch has the batch's first row, its last one
  Partial* partials;  // [blocks]
  DeviceResult* result;

  __host__ __device__ bool distribution() const { return target_kind == SEMD_DISTRIBUTION_FLOAT32; }
};

}  // namespace semd::cuda
