// A ground distance in device memory: what `semd_ground` in the CUDA library's table really points to.
#pragma once

#include "../../include/squared_emd_cuda.h"
#include "../kernels/ground_view.h"

namespace semd::cuda {

struct GroundKind;

struct DeviceGround {
  int32_t device;
  const GroundKind* kind;
  GroundView view;
  int32_t terms;  // number of terms in the sum that E is
  void* memory;   // into which the view points
};

inline const DeviceGround& device_ground(const semd_ground* ground) {
  return *reinterpret_cast<const DeviceGround*>(ground);
}

// As declared in the table (squared_emd_cuda.h).
semd_status ground_create(int32_t device, const semd_ground_description* description, semd_ground** out);
semd_status ground_from_distances(int32_t device, void* stream, const semd_ground_description* description,
                                  semd_ground** out);
void ground_destroy(semd_ground* ground);

// Enqueues the costs [classes, pitch] from the distances [classes, classes] of a matrix, with zeros behind each row; and what
// rounding took from them, unless `rests` is null.
semd_status matrix_costs(int32_t device, void* stream, const float* distances, int32_t classes, int32_t pitch, double exponent,
                         double offset, float* costs, float* rests);

}  // namespace semd::cuda
