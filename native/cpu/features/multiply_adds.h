// Independent multiply-adds: the most that the instruction set can do, with which the benchmark compares matrix products.
#pragma once

#include "../kernels.h"
#include "../simd/simd.h"

namespace SEMD_ISA {

// Enough independent sums to hide the latency of one, and few enough to leave registers for the factors.
constexpr int kSumsSideBySide = 12;
static_assert(kSumsSideBySide * kLanes <= semd::kMultiplyAddState);

static int64_t multiply_adds(int64_t count, float* state) {
  Float sums[kSumsSideBySide];
  for (int j = 0; j < kSumsSideBySide; j++) sums[j] = load(state + j * kLanes);
  const Float half = broadcast(0.5f), one = broadcast(1.0f);  // sums converge to 2, whatever they began with
  constexpr int64_t kOfStep = kSumsSideBySide * kLanes;
  const int64_t steps = (count + kOfStep - 1) / kOfStep;
  for (int64_t step = 0; step < steps; step++) {
    for (int j = 0; j < kSumsSideBySide; j++) sums[j] = fma(sums[j], half, one);
  }
  for (int j = 0; j < kSumsSideBySide; j++) store(state + j * kLanes, sums[j]);
  return steps * kOfStep;
}

}  // namespace SEMD_ISA
