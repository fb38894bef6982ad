// What a normalization (within a row, over classes) makes of E.
#pragma once

#include "../include/squared_emd.h"

namespace semd {

// E is multiplied by this before the root, where there is one; `terms` is how many there are of the sum that E is.
static constexpr float emd_scale(const semd_problem& problem, int32_t terms) {
  const int32_t normalization = problem.normalization;
  const bool by_classes = normalization == SEMD_CLASS_MEAN || normalization == SEMD_NIMA;
  return normalization == SEMD_SUM ? 1.0f
         : by_classes              ? 1.0f / static_cast<float>(problem.classes)
                                   : 1.0f / static_cast<float>(terms);
}

static constexpr bool takes_root(const semd_problem& problem) {
  return problem.power == 2 && (problem.normalization == SEMD_ROOT_MEAN || problem.normalization == SEMD_NIMA);
}

}  // namespace semd
