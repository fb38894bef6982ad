// Class indices of every type that callers may pass, from the one list of those types (squared_emd.h).
#pragma once

#include <cstdint>

#include "../include/squared_emd.h"
#include "inlining.h"

namespace semd {

static constexpr bool is_distribution(int32_t target_kind) { return target_kind == SEMD_DISTRIBUTION_FLOAT32; }

// Calls `take` with the labels as a pointer to their type. Does nothing and returns false where the targets are distributions.
template <class Take>
static SEMD_ALWAYS_INLINE bool with_labels(int32_t target_kind, const void* targets, Take&& take) {
  switch (static_cast<semd_targets>(target_kind)) {
#define SEMD_CASE(NAME, Type, ON_DEVICE)     \
  case SEMD_LABELS_##NAME:                   \
    take(static_cast<const Type*>(targets)); \
    return true;
    SEMD_LABEL_TYPES(SEMD_CASE)
#undef SEMD_CASE
    case SEMD_DISTRIBUTION_FLOAT32: break;
  }
  return false;
}

// The type in which the CUDA library takes labels of this type: others than its own are widened first.
static constexpr int32_t device_target_kind(int32_t target_kind) {
  switch (static_cast<semd_targets>(target_kind)) {
#define SEMD_CASE(NAME, Type, ON_DEVICE) \
  case SEMD_LABELS_##NAME: return SEMD_LABELS_##ON_DEVICE;
    SEMD_LABEL_TYPES(SEMD_CASE)
#undef SEMD_CASE
    case SEMD_DISTRIBUTION_FLOAT32: break;
  }
  return SEMD_DISTRIBUTION_FLOAT32;
}

}  // namespace semd
