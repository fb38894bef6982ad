// Targets in host memory in the form that the CUDA library takes: labels of other types than int32, int64 and uint8 are widened.
#ifndef SQUARED_EMD_NAPI_LABELS_H
#define SQUARED_EMD_NAPI_LABELS_H

#include <cstddef>
#include <cstdint>

#include "../../include/squared_emd.h"

namespace semd::napi {

// The kind (semd_targets) on the device, and the bytes of one element of it.
int32_t DeviceKind(int32_t kind);
size_t DeviceElementBytes(int32_t kind);

// Writes `count` targets of `kind` in that form.
void CopyTargets(int32_t kind, const void* from, size_t count, void* to);

}  // namespace semd::napi

#endif
