// Multiply-adds that wait for nothing: what the instruction set can do at most, for the benchmark to compare products with.
#pragma once

#include "../kernels.h"
#include "../simd/simd.h"

namespace SEMD_ISA {

// So many sums side by side hide what one takes until it is there, and leave registers for the factors.
constexpr int kSumsSideBySide = 12;
static_assert(kSumsSideBySide * kLanes <= semd::kMultiplyAddState);

static int64_t multiply_adds(int64_t count, float* state) {
  Float sums[kSumsSideBySide];
  for (int j = 0; j < kSumsSideBySide; j++) sums[j] = load(state + j * kLanes);
  const Float half = broadcast(0.5f), one = broadcast(1.0f);  // towards 2, whatever the sums began with
  constexpr int64_t kOfStep = kSumsSideBySide * kLanes;
  const int64_t steps = (count + kOfStep - 1) / kOfStep;
  for (int64_t step = 0; step < steps; step++) {
    for (int j = 0; j < kSumsSideBySide; j++) sums[j] = fma(sums[j], half, one);
  }
  for (int j = 0; j < kSumsSideBySide; j++) store(state + j * kLanes, sums[j]);
  return steps * kOfStep;
}

}  // namespace SEMD_ISA
