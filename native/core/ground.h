// A ground distance as the kernels read it: made once from its description, immutable from then on, so that any number of
// threads may use it. Arrays are padded with zeros to whole vector blocks.
#pragma once

#include <cstdint>
#include <vector>

#include "../include/squared_emd.h"

namespace semd {

// What one block of the widest row kernel reads past the last class.
constexpr int kPadding = 128;

static inline int64_t padded(int64_t n) { return (n + kPadding - 1) / kPadding * kPadding; }

}  // namespace semd

struct semd_ground {
  semd_ground_kind kind = SEMD_ORDERED;
  int32_t classes = 0;

  // Ordered and circular. gap(j) lies between place j and j + 1; ordered: gap(classes - 1) is 0; gap(-1) may be read.
  bool unit_gaps = true;
  std::vector<float> gap_storage;
  double total_gap = 0;
  // A circle most of which is one gap is numbered from behind it: place i is class i + first_class, and `closes_wide` says
  // that the last gap is that one.
  int32_t first_class = 0;
  bool closes_wide = false;
  // Distance of a place from place 0, upwards, as an unevaluated sum of two floats, and what is left of the circle.
  std::vector<float> position_high, position_low, position_rest;

  // Tree, in preorder, so that a subtree is a range: nodes before their descendants.
  std::vector<int32_t> preorder_of_class, parent;  // both as places in preorder; the root's parent is the root
  std::vector<int32_t> subtree_size;
  std::vector<int32_t> class_of_preorder;
  std::vector<double> length;  // the root's is 0

  // Matrix: D_ij^exponent + offset, rows `stride` apart.
  std::vector<float> cost;
  int64_t stride = 0;

  // Of a line and of a circle: the class at a place, and the place of a class.
  int32_t class_at(int32_t place) const {
    const int32_t i = place + first_class;
    return i < classes ? i : i - classes;
  }
  int32_t place_of(int32_t i) const { return i < first_class ? i - first_class + classes : i - first_class; }

  const float* gaps() const { return gap_storage.data() + 1; }
  const float* cost_row(int64_t k) const { return cost.data() + k * stride; }
  // Terms of the sum that E is (mathematics: "Ground distances").
  int32_t terms() const { return kind == SEMD_ORDERED || kind == SEMD_TREE ? classes - 1 : classes; }
};

namespace semd {

// A circle may be numbered from behind its widest gap, or is as it is described.
semd_status create_ground(const semd_ground_description& description, bool may_number_anew, semd_ground** out);

}  // namespace semd
