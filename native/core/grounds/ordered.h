// The line: one gap fewer than classes.
#pragma once

#include "line.h"

namespace semd {

template <>
struct Preparation<SEMD_ORDERED> {
  using Values = Line;
  static constexpr Sizes sizes(size_t classes) { return {classes - 1, 0, 0}; }
  static constexpr int32_t terms(int32_t classes) { return classes - 1; }
  static bool prepare(Line& line, const semd_ground_description& description, bool) {
    line.prepare(description.classes, description.weights, description.classes - 1);
    return true;
  }
};

}  // namespace semd
