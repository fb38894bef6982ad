#include "ground.h"

#include <cmath>
#include <memory>
#include <new>
#include <stdexcept>

namespace semd {
namespace {

// What the boundary of a circle's widest gap adds to the gradient is the difference of two numbers as large as the gap, of
// which nothing is left where it is much wider than the others. The last boundary has no such term: so it becomes that one.
void number_from_widest(semd_ground& ground, const double* gaps) {
  const int32_t classes = ground.classes;
  double total = 0;
  int32_t widest = classes - 1;
  for (int32_t j = 0; j < classes; j++) {
    total += gaps[j];
    if (gaps[j] > gaps[widest]) widest = j;
  }
  ground.closes_wide = gaps[widest] > total / 2;
  if (ground.closes_wide) ground.first_class = (widest + 1) % classes;
}

void set_gaps(semd_ground& ground, const double* gaps, bool may_number_anew) {
  const int32_t classes = ground.classes;
  if (ground.kind == SEMD_CIRCULAR && gaps && may_number_anew) number_from_widest(ground, gaps);
  const int32_t count = ground.kind == SEMD_CIRCULAR ? classes : classes - 1;
  ground.gap_storage.assign(static_cast<size_t>(1 + padded(classes + 1)), 0.0f);
  ground.unit_gaps = true;
  std::vector<double> position(static_cast<size_t>(classes) + 1);
  for (int32_t j = 0; j < count; j++) {
    const float gap = gaps ? static_cast<float>(gaps[ground.class_at(j)]) : 1.0f;
    ground.gap_storage[1 + j] = gap;
    ground.unit_gaps = ground.unit_gaps && gap == 1.0f;
    ground.total_gap += gap;
    position[j + 1] = ground.total_gap;
  }
  const auto size = static_cast<size_t>(padded(classes));
  ground.position_high.assign(size, 0.0f);
  ground.position_low.assign(size, 0.0f);
  ground.position_rest.assign(size, 0.0f);
  for (int32_t i = 0; i < classes; i++) {
    ground.position_high[i] = static_cast<float>(position[i]);
    ground.position_low[i] = static_cast<float>(position[i] - ground.position_high[i]);
    ground.position_rest[i] = static_cast<float>(ground.total_gap - position[i]);
  }
}

bool set_tree(semd_ground& ground, const int32_t* parents, const double* lengths) {
  const int32_t classes = ground.classes;
  // children of each node as lists in two arrays
  std::vector<int32_t> first_child(classes, -1), next_sibling(classes, -1);
  int32_t root = -1;
  for (int32_t i = classes - 1; i >= 0; i--) {
    const int32_t parent = parents[i];
    if (parent < -1 || parent >= classes || (parent == -1 && root != -1)) return false;
    if (parent == -1) {
      root = i;
    } else {
      next_sibling[i] = first_child[parent];
      first_child[parent] = i;
    }
  }
  if (root < 0) return false;
  ground.preorder_of_class.assign(classes, -1);
  ground.class_of_preorder.clear();
  ground.parent.assign(classes, 0);
  ground.length.assign(classes, 0.0);
  std::vector<int32_t> stack{root};
  while (!stack.empty()) {
    const int32_t node = stack.back();
    stack.pop_back();
    const auto place = static_cast<int32_t>(ground.class_of_preorder.size());
    ground.preorder_of_class[node] = place;
    ground.class_of_preorder.push_back(node);
    if (node != root) {
      ground.parent[place] = ground.preorder_of_class[parents[node]];
      ground.length[place] = lengths ? lengths[node] : 1.0;
    }
    for (int32_t child = first_child[node]; child >= 0; child = next_sibling[child]) stack.push_back(child);
  }
  if (static_cast<int32_t>(ground.class_of_preorder.size()) != classes) return false;  // a cycle is never reached
  ground.subtree_size.assign(classes, 1);
  for (int32_t place = classes - 1; place > 0; place--) {
    ground.subtree_size[ground.parent[place]] += ground.subtree_size[place];
  }
  return true;
}

void set_matrix(semd_ground& ground, const semd_ground_description& description) {
  const int64_t classes = ground.classes;
  ground.stride = padded(classes);
  ground.cost.assign(static_cast<size_t>(classes * ground.stride), 0.0f);
  for (int64_t i = 0; i < classes; i++) {
    for (int64_t j = 0; j < classes; j++) {
      const double distance = description.distances[i * classes + j];
      const double power = description.exponent == 1 ? distance
                           : description.exponent == 2 ? distance * distance
                                                       : std::pow(distance, description.exponent);
      ground.cost[i * ground.stride + j] = static_cast<float>(power + description.offset);
    }
  }
}

}  // namespace

semd_status create_ground(const semd_ground_description& description, bool may_number_anew, semd_ground** out) {
  if (description.classes < 2 || description.kind < SEMD_ORDERED || description.kind > SEMD_MATRIX) {
    return SEMD_INVALID_PROBLEM;
  }
  try {
    auto ground = std::make_unique<semd_ground>();
    ground->kind = static_cast<semd_ground_kind>(description.kind);
    ground->classes = description.classes;
    if (ground->kind == SEMD_TREE) {
      if (!description.parents || !set_tree(*ground, description.parents, description.lengths)) {
        return SEMD_INVALID_PROBLEM;
      }
    } else if (ground->kind == SEMD_MATRIX) {
      if (!description.distances) return SEMD_INVALID_PROBLEM;
      set_matrix(*ground, description);
    } else {
      set_gaps(*ground, description.gaps, may_number_anew);
    }
    *out = ground.release();
    return SEMD_OK;
  } catch (const std::bad_alloc&) {
    return SEMD_OUT_OF_MEMORY;
  } catch (const std::length_error&) {
    return SEMD_OUT_OF_MEMORY;
  }
}

}  // namespace semd
