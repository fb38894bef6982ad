// What every kind of ground distance says of itself, in a specialization that stands in the file of the kind.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "../../include/squared_emd.h"

namespace semd {

static inline double power_of(double distance, double exponent) {
  return exponent == 1 ? distance : exponent == 2 ? distance * distance : std::pow(distance, exponent);
}

// What one block of the widest kernel of long rows reads past the last class.
constexpr int kPadding = 128;

static inline int64_t padded(int64_t n) { return (n + kPadding - 1) / kPadding * kPadding; }

// Lengths of the arrays of a description; 0 where there is none. Weights may be left out, the others may not.
struct Sizes {
  size_t weights, parents, distances;
};

// Values: the struct that kernels read, which kinds may share; sizes(classes); terms(classes): of the sum that E is (mathematics: "Ground distances"); and prepare(ground, description,
// may_number_anew): false if the description is of no such ground distance.
template <semd_ground_kind kind>
struct Preparation;

}  // namespace semd
