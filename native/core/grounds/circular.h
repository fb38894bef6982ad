// The circle: as many gaps as classes, the last of which closes it (mathematics, "Circular, power 2").
#pragma once

#include "line.h"

namespace semd {

template <>
struct Preparation<SEMD_CIRCULAR> {
  using Values = Line;
  static constexpr Sizes sizes(size_t classes) { return {classes, 0, 0}; }
  static constexpr int32_t terms(int32_t classes) { return classes; }
  static bool prepare(Line& line, const semd_ground_description& description, bool may_number_anew) {
    if (description.weights && may_number_anew) line.number_from_widest(description.classes, description.weights);
    line.prepare(description.classes, description.weights, description.classes);
    return true;
  }
};

}  // namespace semd
