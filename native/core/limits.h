// The limits of a problem, for every backend and the front. lib/checks/limits.ts has those that users meet.
#pragma once

#include <cstdint>

namespace semd {

// Up to 2^24 classes a class index is exact as a float32, and no sum over classes overflows.
constexpr int32_t kFewestClasses = 2;
constexpr int32_t kMostClasses = 1 << 24;
constexpr int32_t kMostThreads = 1024;
constexpr int32_t kMostDevices = 1024;
// Points whose pairwise distances are measured: in host memory, and on a device, where a grid has 65535 blocks of 64 points.
constexpr int32_t kMostPoints = 1 << 24;
constexpr int32_t kMostDevicePoints = 65535 * 64;

// Number.MAX_SAFE_INTEGER.
constexpr double kMaxSafeInteger = 9007199254740991.0;

constexpr bool is_class_count(int64_t classes) { return classes >= kFewestClasses && classes <= kMostClasses; }

}  // namespace semd
