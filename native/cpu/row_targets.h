// One long row: its target, from the caller's memory.
#pragma once

#include "row_blocks.h"

namespace SEMD_ISA {

static inline int64_t read_label(const semd_problem& problem, int64_t row) {
  switch (problem.target_kind) {
    case SEMD_LABELS_INT32: return static_cast<const int32_t*>(problem.targets)[row];
    case SEMD_LABELS_UINT8: return static_cast<const uint8_t*>(problem.targets)[row];
    case SEMD_LABELS_UINT16: return static_cast<const uint16_t*>(problem.targets)[row];
    case SEMD_LABELS_UINT32: return static_cast<const uint32_t*>(problem.targets)[row];
    default: return static_cast<const int64_t*>(problem.targets)[row];
  }
}

// The class of a distribution that is one-hot, or -1. It costs as little as a class index then, and loses as few digits.
static int one_hot_class(const float* t, int classes) {
  int found = -1;
  for (int i = 0; i < classes; i += kBlock) {
    const Block b = load_block(t + i, classes - i, 0.0f);
    Mask none[4];
    for (int c = 0; c < 4; c++) none[c] = equal(b.v[c], zero());
    const Mask all = both(both(none[0], none[1]), both(none[2], none[3]));
    if (bits(all) == bits(equal(zero(), zero()))) continue;
    for (int place = i; place < classes && place < i + kBlock; place++) {
      if (t[place] == 0) continue;
      if (t[place] != 1 || found >= 0) return -1;
      found = place;
    }
  }
  return found;
}

static double mean_class_weight(const Row& row, const float* class_weights) {
  BlockTotal mean;
  for (int block = 0, i = 0; i < row.classes; block++, i += kBlock) {
    add_products(mean.run, load_block(row.t + i, row.classes - i, 0.0f),
                 load_block(class_weights + i, row.classes - i, 0.0f));
    mean.carry_after(block);
  }
  return mean.value();
}

}  // namespace SEMD_ISA
