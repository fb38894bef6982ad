// The line and the circle on the device: gaps between neighbouring classes, and distances from a label.
#pragma once

#include <cuda_runtime.h>

#include "ground_view.h"

namespace semd::cuda {

// The gap between class j and the next one; 0 where there is no boundary. `classes` is passed, as kernels have it in a register
// anyway; that of the view would take another one.
static __device__ __forceinline__ float gap_behind(const GroundView& ground, int classes, int j) {
  if (ground.gaps) return j < classes ? ground.gaps[j] : 0.0f;
  return j < classes - (ground.circular ? 0 : 1) ? 1.0f : 0.0f;
}

// The distance of class i from the label; on the circle the shorter way round.
static __device__ __forceinline__ float arc(const GroundView& ground, int i, int label) {
  const float high = ground.position_high[i], own_high = ground.position_high[label];
  const float direct = fabsf((high - own_high) + (ground.position_low[i] - ground.position_low[label]));
  if (!ground.circular) return direct;
  const float around = i > label ? own_high + ground.position_rest[i] : high + ground.position_rest[label];
  return fminf(direct, around);
}

}  // namespace semd::cuda
