// What the loss kernels get as their one parameter: a problem with everything that is uniform worked out on the host.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "../../include/squared_emd_cuda.h"

namespace semd::cuda {

// A ground distance in device memory. Null pointers: all gaps are 1.
struct GroundView {
  int32_t kind;
  int32_t classes;
  const float* gaps;  // [classes], then zeros up to a multiple of four; of the ordered one the last is 0
  double total_gap, inverse_total_gap;
  // Of a circle: the boundary whose gap is so much larger than the others that, with power 2, its slope is found as what
  // the other slopes leave (mathematics, "circular, power 2"), and the sum of the other gaps; else -1.
  int32_t dominant = -1;
  double other_gaps;
  // Distance of a class from class 0 as an unevaluated sum, and what is left of the circle.
  const float* position_high;
  const float* position_low;
  const float* position_rest;
  // Tree, in preorder.
  const int32_t* preorder_of_class;
  const int32_t* subtree_size;
  const int32_t* depth;
  const double* length;
  // Matrix: costs, [classes, classes].
  const float* cost;
};

// What a block adds up over its rows.
struct Partial {
  double cross_entropy, emd, rows, non_finite;
};

// On the device, one per stream.
struct DeviceResult {
  double loss, cross_entropy, emd, rows, non_finite;
  double mean_scale;                 // 1 / the sum of the row weights, or 0
  unsigned long long bad_row;        // the first whose label is no class; kNoRow: none
  long long bad_label;
  int has_index_rows, has_distribution_rows;  // of a batch of distributions: indices and ignored rows, and others
  Partial of_index_rows;                      // its sums over the former, until those over the latter join them
  unsigned long long non_finite_row;  // the first whose loss is NaN or infinite; kNoRow: none
  // Of the call that runs; between calls kNoRow, and 0.
  unsigned long long bad_row_so_far, non_finite_row_so_far;
  unsigned int non_finite_losses_so_far;  // 1: Infinity among them, 2: -Infinity, both: NaN
  unsigned int blocks_finished;       // 0 between calls
};

constexpr unsigned long long kNoRow = ~0ull;

// Kinds of rows of distributions other than class indices.
constexpr int kIgnoredRow = -1;       // no entry is positive
constexpr int kDistributionRow = -2;  // several are, or one is no mass

struct RowProblem {
  int64_t rows, inner;
  double inverse_inner;
  uint32_t inverse_classes;  // 2^32 / classes, rounded up; exact for spans of up to 65536 classes
  int32_t classes, power, input, reduction, target_kind, float_type;
  int32_t has_ignore_index;
  int32_t stages;   // buffers of each span or row: with two, the next is under way while one is worked on
  int32_t group_size;  // threads that share a row that is walked through
  int32_t chunk;       // classes of a long row that are walked through at a time
  int32_t packed;   // every row of predictions and gradient consists of whole multiples of 16 bytes
  int32_t gaps_in_shared;  // rows that are walked through find a copy there
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
  int32_t plain;  // no weights, no ignored labels, no losses or upstream gradients per row, no roots
  int32_t scales_rows;  // rows have weights or upstream gradients of their own, or the mean a divisor of its own; else
  float row_scale;      // is what every row's gradient is multiplied by
  float largest_gradient;  // the largest finite number of the gradient's type
  GroundView ground;
  double* workspace;  // of trees whose rows do not fit shared memory: for each group of threads in turn; else null
  Partial* partials;  // [blocks]
  DeviceResult* result;

  // On the line with gaps of 1, which most calls ask for.
  __host__ __device__ bool is_simple() const { return ground.kind == SEMD_ORDERED && !ground.gaps; }
  __host__ __device__ bool distribution() const { return target_kind == SEMD_DISTRIBUTION_FLOAT32; }
};

}  // namespace semd::cuda
