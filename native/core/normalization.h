// Normalizations of E (within a row, over classes; mathematics, "From `E` to the loss of a batch").
#pragma once

#include "../include/squared_emd.h"

namespace semd {

// The factor of E, applied before the root where there is one; `terms` is the number of terms in the sum that E is.
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
