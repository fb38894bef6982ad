// A ground distance as the kernels read it: made once from its description, immutable from then on, so that any number of
// threads may use it. Arrays are padded with zeros to whole vector blocks. What a kind consists of is in grounds/.
#pragma once

#include <cstdint>
#include <type_traits>

#include "../include/squared_emd.h"
#include "kinds.h"

#define SEMD_GROUNDS grounds
#include "each_ground.h"
#undef SEMD_GROUNDS

namespace semd {

template <class>
struct Nothing {};

// Derived from each of the structs once, however many kinds share it.
template <class...>
struct AllOf {};
template <class First, class... Others>
struct AllOf<First, Others...> : std::conditional_t<(std::is_same_v<First, Others> || ...), Nothing<AllOf<First, Others...>>, First>,
                                 AllOf<Others...> {};

#define SEMD_VALUES(NAME, FILE) Preparation<SEMD_##NAME>::Values,
using ValuesOfAllKinds = AllOf<SEMD_GROUND_KINDS(SEMD_VALUES) Nothing<void>>;
#undef SEMD_VALUES

}  // namespace semd

struct semd_ground : semd::ValuesOfAllKinds {
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
