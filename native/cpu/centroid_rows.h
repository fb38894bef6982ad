// Rows of features: their norms, and their sums in float64.
#pragma once

#include <cmath>
#include <limits>

#include "../squared_emd_centroids.h"
#include "kernels.h"
#include "simd/simd.h"

namespace SEMD_ISA {

// What each element of a row is multiplied by; NaN if one of them is not finite, 0 for a row of zeros.
static double inverse_norm(const float* row, int64_t features, int32_t normalize) {
  Double total = zero_double(), other = zero_double();
  Float check = zero();  // NaN where an element is not finite
  const auto measure = [&](Float x, Double& sum) {
    check = add(check, mul(x, zero()));
    if (normalize == SEMD_NORMALIZE_NONE) return;
    const Double wide = widen(normalize == SEMD_NORMALIZE_L1 ? abs(x) : x);
    sum = normalize == SEMD_NORMALIZE_L1 ? add(sum, wide) : fma(wide, wide, sum);
  };
  int64_t i = 0;
  for (; i + 2 * kLanes <= features; i += 2 * kLanes) {
    measure(load(row + i), total);
    measure(load(row + i + kLanes), other);
  }
  for (; i < features; i += kLanes) {
    const auto left = static_cast<int>(features - i < kLanes ? features - i : kLanes);
    measure(load_first(row + i, left, zero()), total);
  }
  if (!(sum(widen(check)) == 0)) return std::numeric_limits<double>::quiet_NaN();
  if (normalize == SEMD_NORMALIZE_NONE) return 1;
  const double norm = sum(add(total, other));
  if (norm == 0) return 0;
  return 1 / (normalize == SEMD_NORMALIZE_L1 ? norm : std::sqrt(norm));
}

// sums += row normalized
static void add_feature_row(const float* row, int64_t features, int32_t normalize, double* sums) {
  const double scale = inverse_norm(row, features, normalize);
  const Double wide_scale = broadcast(scale);
  int64_t i = 0;
  for (; i + kLanes <= features; i += kLanes) store(sums + i, fma(widen(load(row + i)), wide_scale, load(sums + i)));
  for (; i < features; i++) sums[i] += row[i] * scale;
}

}  // namespace SEMD_ISA
