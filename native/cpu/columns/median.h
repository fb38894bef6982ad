#pragma once

#include <cstdint>

namespace semd {

// Index of the weighted median of values[0], values[stride], ..: the least value such that it and all smaller ones have
// at least half of the weight. 0 if any value is NaN. Expected time linear in `count`; `order` is scratch of `count` entries.
int32_t weighted_median(const float* values, int64_t stride, const float* weights, int32_t count, int32_t* order);

}  // namespace semd
