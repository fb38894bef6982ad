// A ground distance's kind as a compile-time constant, so that what is specific to a kind can be a template specialization.
#pragma once

#include <cstdlib>
#include <type_traits>

#include "../include/squared_emd.h"
#include "inlining.h"

namespace semd {

// Calls take(kind) with an integral constant.
template <class Take>
static SEMD_ALWAYS_INLINE decltype(auto) with_kind(semd_ground_kind kind, Take&& take) {
  switch (kind) {
#define SEMD_CASE(NAME, FILE) \
  case SEMD_##NAME: return take(std::integral_constant<semd_ground_kind, SEMD_##NAME>());
    SEMD_GROUND_KINDS(SEMD_CASE)
#undef SEMD_CASE
  }
  std::abort();  // create_ground has refused any other number
}

}  // namespace semd
