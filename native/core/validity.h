// Whether a description is a problem at all: sizes and enumerations, checked by every backend and by the front, as neither
// trusts its caller. What only one of them can know (labels, weights, the device of a ground distance) is checked there.
#pragma once

#include <limits>

#include "../include/squared_emd_cuda.h"
#include "labels.h"
#include "limits.h"

namespace semd {

// is_ground_kind(int32_t) and the like, from the lists of the C headers.
#define SEMD_CASE(NAME) case SEMD_##NAME:
#define SEMD_DEFINE_IS(is, LIST)       \
  constexpr bool is(int32_t value) {   \
    switch (value) {                   \
      LIST(SEMD_CASE)                  \
        return true;                   \
      default: return false;           \
    }                                  \
  }
SEMD_DEFINE_IS(is_input, SEMD_INPUTS)
SEMD_DEFINE_IS(is_normalization, SEMD_NORMALIZATIONS)
SEMD_DEFINE_IS(is_reduction, SEMD_REDUCTIONS)
SEMD_DEFINE_IS(is_feature_norm, SEMD_FEATURE_NORMS)
SEMD_DEFINE_IS(is_scale, SEMD_SCALES)
#undef SEMD_DEFINE_IS
#undef SEMD_CASE

constexpr bool is_ground_kind(int32_t value) {
  switch (value) {
#define SEMD_CASE(NAME, FILE) case SEMD_##NAME:
    SEMD_GROUND_KINDS(SEMD_CASE)
#undef SEMD_CASE
      return true;
    default: return false;
  }
}

constexpr bool is_float_type(int32_t value) {
  switch (value) {
#define SEMD_CASE(NAME, BYTES) case SEMD_##NAME:
    SEMD_FLOAT_TYPES(SEMD_CASE)
#undef SEMD_CASE
      return true;
    default: return false;
  }
}

constexpr bool is_dtype(int32_t value) {
  switch (value) {
#define SEMD_CASE(NAME, BYTES) case SEMD_DTYPE_##NAME:
    SEMD_DTYPES(SEMD_CASE)
#undef SEMD_CASE
      return true;
    default: return false;
  }
}

constexpr bool is_label_kind(int32_t value) {
  switch (value) {
#define SEMD_CASE(NAME, Type, ON_DEVICE) case SEMD_LABELS_##NAME:
    SEMD_LABEL_TYPES(SEMD_CASE)
#undef SEMD_CASE
      return true;
    default: return false;
  }
}

constexpr bool is_target_kind(int32_t value) { return is_label_kind(value) || is_distribution(value); }

// Whether the CUDA library takes targets of this kind.
constexpr bool is_device_target_kind(int32_t value) { return is_target_kind(value) && device_target_kind(value) == value; }

constexpr bool is_loss_weight(double weight) { return weight >= 0 && weight <= std::numeric_limits<double>::max(); }

// Options only: the arrays need not be there yet.
constexpr bool has_valid_options(const semd_problem& p) {
  return is_class_count(p.classes) && p.inner >= 1 && (p.power == 1 || p.power == 2) && is_input(p.input) &&
         is_normalization(p.normalization) && is_reduction(p.reduction) && is_loss_weight(p.cross_entropy_weight) &&
         is_loss_weight(p.emd_weight);
}

// `ground_classes` is the number of classes of the prepared ground distance, 0 where there is none; only the backend that
// prepared it knows.
constexpr bool is_valid(const semd_problem& p, int32_t ground_classes) {
  return has_valid_options(p) && p.outer >= 0 && ground_classes == p.classes && is_target_kind(p.target_kind) &&
         (p.outer == 0 || (p.predictions && p.targets));
}

}  // namespace semd
