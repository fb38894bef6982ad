// A ground distance as the kernels read it: made once from its description, immutable from then on, so that any number of
// threads may use it. Arrays are padded with zeros to whole vector blocks. What a kind consists of is in grounds/.
#pragma once

#include <cstdint>

#include "../include/squared_emd.h"
#include "grounds/line.h"
#include "grounds/matrix.h"
#include "grounds/tree.h"
#include "kinds.h"

struct semd_ground : semd::Line, semd::Tree, semd::Matrix {
  semd_ground_kind kind = SEMD_ORDERED;
  int32_t classes = 0;
  int32_t term_count = 0;

  // The class at a place, and the place of a class; they differ on a circle only.
  int32_t class_at(int32_t place) const {
    const int32_t i = place + first_class;
    return i < classes ? i : i - classes;
  }
  int32_t place_of(int32_t i) const { return i < first_class ? i - first_class + classes : i - first_class; }
  // Of the sum that E is.
  int32_t terms() const { return term_count; }
};

namespace semd {

// The arrays of a description of `classes` classes.
Sizes sizes_of(semd_ground_kind kind, size_t classes);

// A circle may be numbered from behind its widest gap, or is as it is described.
semd_status create_ground(const semd_ground_description& description, bool may_number_anew, semd_ground** out);

}  // namespace semd
