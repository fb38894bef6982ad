// Distances between classes on the line and on the circle.
#pragma once

#include "../kernels/row_problem.h"

namespace semd::cuda {

// Of class i from the label on the line, or the shorter way round.
static __device__ __forceinline__ float arc(const GroundView& ground, int i, int label) {
  const float high = ground.position_high[i], own_high = ground.position_high[label];
  const float direct = fabsf((high - own_high) + (ground.position_low[i] - ground.position_low[label]));
  if (ground.kind == SEMD_ORDERED) return direct;
  const float around = i > label ? own_high + ground.position_rest[i] : high + ground.position_rest[label];
  return fminf(direct, around);
}

}  // namespace semd::cuda
