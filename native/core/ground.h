// A ground distance as the kernels read it: made once from its description and immutable from then on, so that any number of
// threads may use it. Arrays are padded with zeros to whole vector blocks. grounds/ says what each kind holds.
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

// Inherits from each struct once, however many kinds share it.
template <class...>
struct AllOf {};
template <class First, class... Others>
struct AllOf<First, Others...>
    : std::conditional_t<(std::is_same_v<First, Others> || ...), Nothing<AllOf<First, Others...>>, First>, AllOf<Others...> {};

#define SEMD_VALUES(NAME, FILE) Preparation<SEMD_##NAME>::Values,
using ValuesOfAllKinds = AllOf<SEMD_GROUND_KINDS(SEMD_VALUES) Nothing<void>>;
#undef SEMD_VALUES

}  // namespace semd

struct semd_ground : semd::ValuesOfAllKinds {
  semd_ground_kind kind = SEMD_ORDERED;
  int32_t classes = 0;
  int32_t term_count = 0;

  // The class at a place, and the place of a class. They differ only on a circle that is numbered from behind its wide gap.
  int32_t class_at(int32_t place) const {
    const int32_t i = place + first_class;
    return i < classes ? i : i - classes;
  }
  int32_t place_of(int32_t i) const { return i < first_class ? i - first_class + classes : i - first_class; }
  // The number of terms in the sum that E is, by which normalizations divide.
  int32_t terms() const { return term_count; }
};

namespace semd {

// The lengths of the arrays of a description with this many classes.
Sizes sizes_of(semd_ground_kind kind, size_t classes);

// With `may_number_anew` a circle may be numbered from behind its widest gap; otherwise it keeps the caller's numbering.
semd_status create_ground(const semd_ground_description& description, bool may_number_anew, semd_ground** out);

}  // namespace semd
