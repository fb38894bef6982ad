// The one parameter of the loss kernels: a call, with everything that is the same for all rows computed on the host.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#include "../../include/squared_emd_cuda.h"
#include "ground_view.h"
#include "../runtime/result.h"

namespace semd::cuda {

// The kinds of rows of distributions that are not class indices.
constexpr int kIgnoredRow = -1;       // no entry is positive
constexpr int kDistributionRow = -2;  // several entries are, or one is not a mass at all

// The bytes of an element of predictions and gradient.
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
  int64_t first_row;  // first row of the launch, whose last is rows - 1: those of an energy may take several launches
  double inverse_inner;
  uint32_t inverse_classes;  // 2^32 / classes, rounded up; exact for spans of up to 65536 classes
  int32_t classes, power, input, reduction, target_kind, float_type;
  int32_t has_ignore_index;
  int32_t stages;          // per span: with two, the next span is under way while one is worked on
  int32_t group_size;      // threads that share a segmented row
  int32_t chunk;           // classes of a chunked row that are in shared memory at a time
  int32_t gaps_in_shared;  // segmented rows have a copy of the gaps in shared memory
  int32_t packed;   // every row of predictions and gradient begins and ends at a multiple of 16 bytes
  int32_t aligned;  // every row begins where vectors of four elements may be read and written
  int64_t ignore_index;
  const void* predictions;
  const void* targets;
  int32_t* kinds;  // of a batch of distributions, [rows]: class indices, or the kinds above; else null
  const float* class_weights;
  const float* sample_weights;
  const float* upstream_rows;
  void* gradient;
  float* losses;
  float* loss_out;
  float cross_entropy_weight, emd_weight, upstream;
  float emd_scale;  // factor of E, applied before the root where there is one
  int32_t root;
  int32_t weighs;     // the factor of rows is in the result's `mean_scale` rather than in `scale`
  double scale;       // the factor of rows in a mean or a sum
  int32_t plain;      // class indices only: no weights, ignored labels, losses or upstream gradients per row, or roots
  int32_t scales_rows;  // rows have weights or upstream gradients, or the mean's divisor is known only on the device
  float row_scale;      // otherwise the factor of every row's gradient
  float largest_gradient;  // the largest finite number of the gradient's type
  GroundView ground;
  double* workspace;  // of trees whose rows do not fit into shared memory, a piece per group of threads; else null
  float* masses;      // of an energy, [rows - first_row, energy_pitch(classes)]: the rows that are multiplied by M,
  float* products;    // and their products
  int32_t opens, closes;  // whether the launch has the batch's first row, and its last
  Partial* partials;  // [blocks]
  DeviceResult* result;

  __host__ __device__ bool distribution() const { return target_kind == SEMD_DISTRIBUTION_FLOAT32; }
};

}  // namespace semd::cuda
