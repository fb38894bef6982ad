#pragma once

#include <cstdint>

namespace semd {

// Index of a weighted median of values[0], values[stride], ..: the least value such that it and all smaller ones carry
// at least half of the weight. Expected time linear in `count`; `order` is scratch of `count` entries. 0 if any is NaN.
int32_t weighted_median(const float* values, int64_t stride, const float* weights, int32_t count, int32_t* order);

}  // namespace semd
