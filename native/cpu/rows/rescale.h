// Brings targets whose sum is far from 1 (kernels.h) near it, without rounding.
#pragma once

#include <cstdint>

namespace semd {

// Multiplies a row, whose elements are `stride` apart, by the power of 2 that brings its sum into [1/2, 1). Rows that are not
// distributions are copied unchanged. `to` may be `from`.
void rescale_to_usual(const float* from, int64_t stride, int32_t classes, float* to);

}  // namespace semd
