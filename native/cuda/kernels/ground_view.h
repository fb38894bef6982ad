// A ground distance as kernels read it: numbers alone, whichever kind they came from. Which kernels read them, the kind has
// decided (grounds/kind.h). Pointers are to device memory, null where the kind has no such array.
#pragma once

#include <cstdint>

namespace semd::cuda {

struct GroundView {
  int32_t classes;
  // Line and circle.
  int32_t circular;   // the last class neighbours the first
  int32_t unit_line;  // a line whose gaps are all 1, which most calls ask for
  const float* gaps;  // [classes], then zeros up to a multiple of four; a line's last is 0. Null: all gaps are 1
  double total_gap, inverse_total_gap;
  // Of a circle: the boundary whose gap is so much larger than the others that, with power 2, its slope is found as what
  // the other slopes leave (mathematics, "Circular, power 2"), and the sum of the other gaps; else -1.
  int32_t dominant = -1;
  double other_gaps;
  // Distance of a class from class 0 as an unevaluated sum, and what is left of the circle.
  const float* position_high;
  const float* position_low;
  const float* position_rest;
  // Tree, in preorder.
  const int32_t* preorder_of_class;
  const int32_t* subtree_size;
  const int32_t* depth;
  const double* length;
  // Matrix: costs, [classes, classes]. Energy: M, [classes, energy_pitch(classes)], with zeros behind each row.
  const float* cost;
  bool indefinite;  // energy: E may be negative
};

}  // namespace semd::cuda
