// Trees whose nodes are the classes, in preorder: nodes come before their descendants, and a subtree is a range of places.
#pragma once

#include <cstdint>
#include <vector>

#include "preparation.h"

namespace semd {

struct Tree {
  std::vector<int32_t> preorder_of_class, parent;  // both as places in preorder; the root's parent is the root
  std::vector<int32_t> subtree_size;
  std::vector<int32_t> class_of_preorder;
  std::vector<double> length;  // the root's is 0
};

template <>
struct Preparation<SEMD_TREE> {
  using Values = Tree;
  static constexpr Sizes sizes(size_t classes) { return {classes, classes, 0}; }
  static constexpr int32_t terms(int32_t classes) { return classes - 1; }

  // False unless all classes descend from one root.
  static bool prepare(Tree& tree, const semd_ground_description& description, bool) {
    const int32_t classes = description.classes;
    const int32_t* parents = description.parents;
    if (!parents) return false;
    // children of each node as lists in two arrays, the last one first: the walk takes them in the order of their numbers
    std::vector<int32_t> last_child(classes, -1), sibling_before(classes, -1);
    int32_t root = -1;
    for (int32_t i = 0; i < classes; i++) {
      const int32_t parent = parents[i];
      if (parent < -1 || parent >= classes || (parent == -1 && root != -1)) return false;
      if (parent == -1) {
        root = i;
      } else {
        sibling_before[i] = last_child[parent];
        last_child[parent] = i;
      }
    }
    if (root < 0) return false;
    tree.preorder_of_class.assign(classes, -1);
    tree.class_of_preorder.clear();
    tree.parent.assign(classes, 0);
    tree.length.assign(classes, 0.0);
    std::vector<int32_t> stack{root};
    while (!stack.empty()) {
      const int32_t node = stack.back();
      stack.pop_back();
      const auto place = static_cast<int32_t>(tree.class_of_preorder.size());
      tree.preorder_of_class[node] = place;
      tree.class_of_preorder.push_back(node);
      if (node != root) {
        tree.parent[place] = tree.preorder_of_class[parents[node]];
        tree.length[place] = description.weights ? description.weights[node] : 1.0;
      }
      for (int32_t child = last_child[node]; child >= 0; child = sibling_before[child]) stack.push_back(child);
    }
    if (static_cast<int32_t>(tree.class_of_preorder.size()) != classes) return false;  // the walk never reaches a cycle
    tree.subtree_size.assign(classes, 1);
    for (int32_t place = classes - 1; place > 0; place--) tree.subtree_size[tree.parent[place]] += tree.subtree_size[place];
    return true;
  }
};

}  // namespace semd
