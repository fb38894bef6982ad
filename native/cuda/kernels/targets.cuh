// Where a row lies in device memory, and its class index and weight.
#pragma once

#include "row_problem.h"

namespace semd::cuda {

// The index of a row's first element. Multiplies by 1 / inner and corrects the quotient, as a division of 64-bit integers would
// call a routine.
static __device__ __forceinline__ int64_t first_element(const RowProblem& problem, int64_t row) {
  if (problem.inner == 1) return row * problem.classes;
  int64_t outer = static_cast<int64_t>(static_cast<double>(row) * problem.inverse_inner);
  if (outer * problem.inner > row) outer--;
  if ((outer + 1) * problem.inner <= row) outer++;
  return outer * problem.classes * problem.inner + (row - outer * problem.inner);
}

// Whether the row exists and belongs to this launch.
static __device__ __forceinline__ bool is_own(const RowProblem& problem, int64_t row) {
  if (row >= problem.rows) return false;
  return !problem.kinds || (problem.kinds[row] == kDistributionRow) == problem.distribution();
}

static __device__ __forceinline__ long long read_label(int32_t kind, const void* labels, int64_t row) {
  switch (kind) {
#define SEMD_CASE(NAME, Type) \
  case SEMD_LABELS_##NAME: return static_cast<const Type*>(labels)[row];
    SEMD_DEVICE_LABEL_TYPES(SEMD_CASE)
#undef SEMD_CASE
  }
  __builtin_unreachable();  // callers have checked the kind of targets
}

static __device__ __forceinline__ long long read_label(const RowProblem& problem, int64_t row) {
  return read_label(problem.target_kind, problem.targets, row);
}

struct Label {
  int index;  // always in range
  bool ignored, bad;
};

template <bool kNoneIgnored = false>
static __device__ __forceinline__ Label label_of(const RowProblem& problem, int64_t row) {
  const long long label = read_label(problem, row);
  const bool ignored = !kNoneIgnored && problem.has_ignore_index && label == problem.ignore_index;
  const bool outside = label < 0 || label >= problem.classes;
  return {outside ? 0 : static_cast<int>(label), ignored, outside && !ignored};
}

static __device__ __forceinline__ float sample_weight(const RowProblem& problem, int64_t row) {
  return problem.sample_weights ? problem.sample_weights[row] : 1.0f;
}

}  // namespace semd::cuda
