#include "labels.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace semd::napi {

size_t DeviceElementBytes(int32_t kind) {
  size_t bytes = sizeof(float);
  with_labels(device_target_kind(kind), nullptr, [&](const auto* label) { bytes = sizeof *label; });
  return bytes;
}

void CopyTargets(int32_t kind, const void* from, size_t count, void* to) {
  if (count == 0) return;
  const int32_t device_kind = device_target_kind(kind);
  if (device_kind == kind) {
    std::memcpy(to, from, count * DeviceElementBytes(kind));
    return;
  }
  with_labels(kind, from, [&](const auto* labels) {
    with_labels(device_kind, to, [&](const auto* wide) {
      using Wide = std::remove_cv_t<std::remove_pointer_t<decltype(wide)>>;
      if constexpr (sizeof(Wide) > sizeof *labels) std::copy_n(labels, count, static_cast<Wide*>(to));
    });
  });
}

}  // namespace semd::napi
