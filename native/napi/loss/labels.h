// Targets in the form in which the CUDA library takes them: labels of types that it does not read are widened.
#ifndef SQUARED_EMD_NAPI_LABELS_H
#define SQUARED_EMD_NAPI_LABELS_H

#include <cstddef>
#include <cstdint>

#include "../../core/labels.h"

namespace semd::napi {

// The bytes per element that targets of `kind` (semd_targets) have on the device.
size_t DeviceElementBytes(int32_t kind);

// Writes `count` targets of `kind` in that form.
void CopyTargets(int32_t kind, const void* from, size_t count, void* to);

}  // namespace semd::napi

#endif
