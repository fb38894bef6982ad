// A ground distance in device memory. `semd_ground` of the CUDA library's table points to one of these.
#pragma once

#include "../../include/squared_emd_cuda.h"
#include "../kernels/ground_view.h"

namespace semd::cuda {

struct GroundKind;

struct DeviceGround {
  int32_t device;
  const GroundKind* kind;
  GroundView view;
  int32_t terms;  // of the sum that E is
  void* memory;   // that the view points into
};

inline const DeviceGround& device_ground(const semd_ground* ground) {
  return *reinterpret_cast<const DeviceGround*>(ground);
}

// As in the table.
semd_status ground_create(int32_t device, const semd_ground_description* description, semd_ground** out);
semd_status ground_from_distances(int32_t device, void* stream, const semd_ground_description* description,
                                  semd_ground** out);
void ground_destroy(semd_ground* ground);

// Enqueues the costs of a matrix, [classes, pitch], of its distances, [classes, classes]; zeros behind each row.
semd_status matrix_costs(int32_t device, void* stream, const float* distances, int32_t classes, int32_t pitch, double exponent,
                         double offset, float* costs);

}  // namespace semd::cuda
