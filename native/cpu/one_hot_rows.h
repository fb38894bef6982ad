// Distributions that are one-hot, as class indices: these cost half the work, and lose fewer digits.
#pragma once

#include "row_blocks.h"

namespace SEMD_ISA {

// Floats: far enough ahead for memory to deliver in time, where nothing but the search is waiting for it.
constexpr int kFetchedAhead = 2048;

// The class of a distribution that is one-hot, or -1.
template <bool fetches_ahead>
static int one_hot_class(const float* t, int classes) {
  const unsigned all = bits(equal(zero(), zero()));
  int found = -1;
  for (int i = 0; i < classes; i += kBlock) {
    const Block b = load_block(t + i, classes - i, 0.0f);
    for (int line = 0; fetches_ahead && line < kBlock; line += kLine) prefetch(t + i + kFetchedAhead + line);
    Mask none[4];
    for (int c = 0; c < 4; c++) none[c] = equal(b.v[c], zero());
    if (bits(both(both(none[0], none[1]), both(none[2], none[3]))) == all) continue;
    for (int c = 0; c < 4; c++) {
      const unsigned set = all & ~bits(none[c]);
      if (!set) continue;
      const int place = i + c * kLanes + lowest_bit(set);
      if (found >= 0 || (set & (set - 1)) || t[place] != 1) return -1;
      found = place;
    }
  }
  return found;
}

static bool one_hot_classes(const float* rows, int64_t count, int classes, int32_t* out) {
  for (int64_t row = 0; row < count; row++) {
    out[row] = one_hot_class<true>(rows + row * classes, classes);
    if (out[row] < 0) return false;
  }
  return true;
}

}  // namespace SEMD_ISA
