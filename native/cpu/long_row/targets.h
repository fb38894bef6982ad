// One long row: its target, from the caller's memory.
#pragma once

#include "blocks.h"

namespace SEMD_ISA {

// Of a problem whose targets are labels.
static inline int64_t read_label(const semd_problem& problem, int64_t row) {
  int64_t label = 0;
  semd::with_labels(problem.target_kind, problem.targets, [&](const auto* labels) { label = labels[row]; });
  return label;
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
