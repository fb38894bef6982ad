// One long row: its target and weight, from the caller's memory.
#pragma once

#include "blocks.h"

namespace SEMD_ISA {
namespace long_row {

// Only for problems whose targets are labels.
static inline int64_t read_label(const semd_problem& problem, int64_t row) {
  int64_t label = 0;
  semd::with_labels(problem.target_kind, problem.targets, [&](const auto* labels) { label = labels[row]; });
  return label;
}

// The mean of the class weights under the target, sum t_i w_i / S.
static double mean_class_weight(const Row& row, const float* class_weights) {
  BlockTotal mean;
  for (int i = 0; i < row.classes; i += kBlock) {
    const Block t = load_block(row.t + i, row.classes - i, 0.0f), w = load_block(class_weights + i, row.classes - i, 0.0f);
    for (int c = 0; c < 4; c++) mean.total = add(mean.total, mul(widen(t.v[c]), widen(w.v[c])));
  }
  return mean.value() / row.target_mass;
}

}  // namespace long_row
}  // namespace SEMD_ISA
