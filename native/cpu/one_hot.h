// One-hot rows as class indices.
#ifndef SQUARED_EMD_CPU_ONE_HOT_H
#define SQUARED_EMD_CPU_ONE_HOT_H

#include <stdint.h>

namespace semd {

// Writes the place of the one 1 in each row [rows, classes] and returns true, or returns false: a row is something else.
// `threads` is 0 for the default.
bool one_hot_indices(const float* values, int64_t rows, int32_t classes, int32_t threads, int32_t* indices);

}  // namespace semd

#endif
