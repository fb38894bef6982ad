// Targets whose sum is far from 1 (kernels.h), brought near it without rounding.
#pragma once

#include <cstdint>

namespace semd {

// Multiplies a row, `stride` apart, by the power of 2 that brings its sum into [1/2, 1). Rows that are no distributions are
// copied as they are. `to` may be `from`.
void rescale_to_usual(const float* from, int64_t stride, int32_t classes, float* to);

}  // namespace semd
