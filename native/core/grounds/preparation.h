// What every kind of ground distance declares about itself, in a specialization in its own file.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "../../include/squared_emd.h"

namespace semd {

static inline double power_of(double distance, double exponent) {
  return exponent == 1 ? distance : exponent == 2 ? distance * distance : std::pow(distance, exponent);
}

// The most that a block of long rows reads past the last class.
constexpr int kPadding = 128;

static inline int64_t padded(int64_t n) { return (n + kPadding - 1) / kPadding * kPadding; }

// Lengths of the arrays of a description, 0 for those that the kind does not have. Only weights may be left out.
struct Sizes {
  size_t weights, parents, distances;
};

// A specialization has
//   Values          the struct that kernels read; kinds may share one
//   sizes(classes)  the lengths of a description's arrays
//   terms(classes)  the number of terms in the sum that E is (mathematics, "Ground distances")
//   prepare(ground, description, may_number_anew)  false if the description does not describe such a ground distance
template <semd_ground_kind kind>
struct Preparation;

}  // namespace semd
