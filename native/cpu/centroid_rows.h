// Rows of features: their norms, and their sums in float64.
#pragma once

#include <cmath>
#include <limits>

#include "../squared_emd_centroids.h"
#include "kernels.h"
#include "simd/simd.h"

namespace SEMD_ISA {

// The sum over a row of what `term` makes of an element, in float64.
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

// What each element of a row is multiplied by; NaN if one of them is not finite, 0 for a row of zeros.
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
  // No sum of finite float32 numbers overflows.
  return norm <= std::numeric_limits<double>::max() ? 1 / norm : std::numeric_limits<double>::quiet_NaN();
}

// sums += row normalized. Rows of a class lie anywhere: the next one is fetched meanwhile.
static void add_feature_row(const float* row, const float* next, int64_t features, int32_t normalize, double* sums) {
  const double scale = inverse_norm(row, features, normalize);
  const Double wide_scale = broadcast(scale);
  int64_t i = 0;
  for (; i + kLanes <= features; i += kLanes) {
    prefetch(next + i);
    store(sums + i, fma(widen(load(row + i)), wide_scale, load(sums + i)));
  }
  for (; i < features; i++) sums[i] += row[i] * scale;
}

}  // namespace SEMD_ISA
