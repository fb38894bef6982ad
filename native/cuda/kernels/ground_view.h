// A ground distance as kernels read it, the same struct for all kinds; the kind has already decided which kernels read it
// (grounds/kind.h). Pointers are to device memory, and null where the kind has no such array.
#pragma once

#include <cstdint>

namespace semd::cuda {

struct GroundView {
  int32_t classes;
  // Line and circle.
  int32_t circular;   // whether the first and the last class are neighbours
  int32_t unit_line;  // a line whose gaps are all 1, the most common ground distance
  const float* gaps;  // [classes], then zeros up to a multiple of four; a line's last gap is 0. Null: all gaps are 1
  double total_gap, inverse_total_gap;
  // Circle: the boundary whose gap is so much larger than the others that, with power 2, its slope is found as minus the sum of
  // the other slopes (mathematics, "Circular, power 2"), or -1; and the sum of the other gaps.
  int32_t dominant = -1;
  double other_gaps;
  // The distance from class 0 up to each class as an unevaluated sum, and the rest of the way round the circle.
  const float* position_high;
  const float* position_low;
  const float* position_rest;
  // Tree, in preorder.
  const int32_t* preorder_of_class;
  const int32_t* subtree_size;
  const int32_t* depth;
  const double* length;
  // Tree of 33 to kMostTreeClasses classes: records of its nodes, for segmented rows. The k-th node of the t-th of `tree_threads`
  // threads is at k * threads + t, so that threads read side by side.
  const uint32_t* node_span = nullptr;    // the nodes that are left before the node, times 65536, plus the end of its subtree
  const float* node_length = nullptr;     // in path units
  const int32_t* node_class = nullptr;    // null: classes are numbered in preorder
  double path_unit = 1;  // so much of the longest path that none has 2 units
  bool short_edges = false;  // an edge is so much shorter than the longest path that fixed-point numbers are too coarse for it
  // Matrix: costs, [classes, classes]. Energy: M, [classes, energy_pitch(classes)], with zeros behind each row.
  const float* cost;
  // Matrix: what rounding took from each cost, where costs may cancel in a mean; else null.
  const float* cost_rest = nullptr;
  // Energy: the mean of each column of M, [classes]; null where M was computed on the device, for logits alone.
  const double* means = nullptr;
  bool indefinite;  // energy: E may be negative
};

}  // namespace semd::cuda
