#include "labels.h"

#include <algorithm>
#include <cstring>

namespace semd::napi {

int32_t DeviceKind(int32_t kind) {
  switch (kind) {
    case SEMD_LABELS_INT8:
    case SEMD_LABELS_INT16:
    case SEMD_LABELS_UINT16:
      return SEMD_LABELS_INT32;
    case SEMD_LABELS_UINT32:
      return SEMD_LABELS_INT64;
    default:
      return kind;
  }
}

size_t DeviceElementBytes(int32_t kind) {
  switch (DeviceKind(kind)) {
    case SEMD_LABELS_UINT8:
      return 1;
    case SEMD_LABELS_INT64:
      return 8;
    default:
      return 4;
  }
}

void CopyTargets(int32_t kind, const void* from, size_t count, void* to) {
  if (count == 0) return;
  switch (kind) {
    case SEMD_LABELS_INT8:
      std::copy_n(static_cast<const int8_t*>(from), count, static_cast<int32_t*>(to));
      break;
    case SEMD_LABELS_INT16:
      std::copy_n(static_cast<const int16_t*>(from), count, static_cast<int32_t*>(to));
      break;
    case SEMD_LABELS_UINT16:
      std::copy_n(static_cast<const uint16_t*>(from), count, static_cast<int32_t*>(to));
      break;
    case SEMD_LABELS_UINT32:
      std::copy_n(static_cast<const uint32_t*>(from), count, static_cast<int64_t*>(to));
      break;
    default:
      std::memcpy(to, from, count * DeviceElementBytes(kind));
      break;
  }
}

}  // namespace semd::napi
