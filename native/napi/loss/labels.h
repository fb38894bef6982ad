// Targets in host memory in the form that the CUDA library takes: labels of other types than it reads are widened.
#ifndef SQUARED_EMD_NAPI_LABELS_H
#define SQUARED_EMD_NAPI_LABELS_H

#include <cstddef>
#include <cstdint>

#include "../../core/labels.h"

namespace semd::napi {

// Bytes of an element of targets of `kind` (semd_targets) on the device.
size_t DeviceElementBytes(int32_t kind);

// Writes `count` targets of `kind` as the device takes them.
void CopyTargets(int32_t kind, const void* from, size_t count, void* to);

}  // namespace semd::napi

#endif
