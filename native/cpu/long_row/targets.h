// One long row: its target, from the caller's memory.
#pragma once

#include "blocks.h"

namespace SEMD_ISA {

static inline int64_t read_label(const semd_problem& problem, int64_t row) {
  switch (problem.target_kind) {
    case SEMD_LABELS_INT32: return static_cast<const int32_t*>(problem.targets)[row];
    case SEMD_LABELS_UINT8: return static_cast<const uint8_t*>(problem.targets)[row];
    case SEMD_LABELS_UINT16: return static_cast<const uint16_t*>(problem.targets)[row];
    case SEMD_LABELS_INT8: return static_cast<const int8_t*>(problem.targets)[row];
    case SEMD_LABELS_INT16: return static_cast<const int16_t*>(problem.targets)[row];
    case SEMD_LABELS_UINT32: return static_cast<const uint32_t*>(problem.targets)[row];
    default: return static_cast<const int64_t*>(problem.targets)[row];
  }
}

// Divided by the sum of the target.
static double mean_class_weight(const Row& row, const float* class_weights) {
  BlockTotal mean;
  for (int block = 0, i = 0; i < row.classes; block++, i += kBlock) {
    add_products(mean.run, load_block(row.t + i, row.classes - i, 0.0f),
                 load_block(class_weights + i, row.classes - i, 0.0f));
    mean.carry_after(block);
  }
  return mean.value() / row.target_mass;
}

}  // namespace SEMD_ISA
