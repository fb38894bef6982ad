// Rows of features: their norms, and their sums in float64 (mathematics, "Learned distances").
#pragma once

#include <cmath>
#include <limits>

#include "../../include/squared_emd_centroids.h"
#include "../kernels.h"
#include "../simd/simd.h"

namespace SEMD_ISA {

// The sum over a row in float64, where term(element, total) adds an element to the total.
template <class Term>
static inline double sum_of_row(const float* row, int64_t features, Term term) {
  Double total = zero_double(), other = zero_double();
  int64_t i = 0;
  for (; i + 2 * kLanes <= features; i += 2 * kLanes) {
    total = term(load(row + i), total);
    other = term(load(row + i + kLanes), other);
  }
  for (; i < features; i += kLanes) {
    const auto left = static_cast<int>(features - i < kLanes ? features - i : kLanes);
    total = term(load_first(row + i, left, zero()), total);
  }
  return sum(add(total, other));
}

// The factor that normalizes a row; NaN if an element is not finite, 0 for a row of zeros.
static double inverse_norm(const float* row, int64_t features, int32_t normalize) {
  double norm;
  if (normalize == SEMD_NORMALIZE_L1) {
    norm = sum_of_row(row, features, [](Float x, Double total) { return add(total, widen(abs(x))); });
  } else if (normalize == SEMD_NORMALIZE_L2) {
    norm = std::sqrt(sum_of_row(row, features, [](Float x, Double total) { return fma(widen(x), widen(x), total); }));
  } else {
    norm = 1 + sum_of_row(row, features, [](Float x, Double total) { return add(total, widen(mul(x, zero()))); });
  }
  if (norm == 0) return 0;
  // A norm that is infinite or NaN has an element that is: sums of finite float32 numbers or squares stay far below the limit.
  return norm <= std::numeric_limits<double>::max() ? 1 / norm : std::numeric_limits<double>::quiet_NaN();
}

// Adds normalized rows to `sums`, one after the other: several rows of a class share the loads and stores of its sums. kRows
// more pointers follow those of the rows; what they point to is only prefetched.
template <int kRows>
static void add_rows(const float* const* rows, int64_t features, const double* scales, double* sums) {
  Double wide_scales[kRows];
  for (int r = 0; r < kRows; r++) wide_scales[r] = broadcast(scales[r]);
  int64_t i = 0;
  for (; i + kLanes <= features; i += kLanes) {
    Double all = load(sums + i);
    for (int r = 0; r < kRows; r++) {
      prefetch(rows[kRows + r] + i);
      all = fma(widen(load(rows[r] + i)), wide_scales[r], all);
    }
    store(sums + i, all);
  }
  for (; i < features; i++) {
    for (int r = 0; r < kRows; r++) sums[i] += rows[r][i] * scales[r];
  }
}

// `count` is at most kMostRowsAtOnce; `rows` has twice `count` pointers (kernels.h).
static void add_feature_rows(const float* const* rows, int count, int64_t features, int32_t normalize, double* sums) {
  double scales[semd::kMostRowsAtOnce];
  for (int r = 0; r < count; r++) scales[r] = inverse_norm(rows[r], features, normalize);
  switch (count) {
    case 1: return add_rows<1>(rows, features, scales, sums);
    case 2: return add_rows<2>(rows, features, scales, sums);
    case 3: return add_rows<3>(rows, features, scales, sums);
    default: return add_rows<semd::kMostRowsAtOnce>(rows, features, scales, sums);
  }
}

}  // namespace SEMD_ISA
