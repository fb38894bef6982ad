// Trees on the device: their nodes in preorder, in which a subtree is a range.
#include <algorithm>

#include "../block/shared_sizes.h"
#include "kind.h"

namespace semd::cuda {
namespace {

// Paths may be this many times as long as an edge. Segmented rows have the sums along paths as integers of 32 bits.
constexpr double kMostPathPerEdge = 8192;

double longest_path(const ::semd_ground& tree) {
  double longest = 0;
  std::vector<double> height(tree.length.size(), 0.0);
  for (size_t node = height.size() - 1; node > 0; node--) {
    double& above = height[static_cast<size_t>(tree.parent[node])];
    const double from_here = height[node] + tree.length[node];
    longest = std::max(longest, above + from_here);
    above = std::max(above, from_here);
  }
  return longest;
}

// The records of segmented rows.
void describe_segments(const ::semd_ground& tree, const std::vector<int32_t>& depth, Package& package, GroundView& view) {
  const int classes = tree.classes, threads = tree_threads(classes);
  const SegmentMemory sizes(classes, threads, sizeof(float));
  const double longest = longest_path(tree);
  view.path_unit = longest / 1.98;  // a little less than two units, as sums of rounded numbers come close to it
  view.short_edges = *std::min_element(tree.length.begin() + 1, tree.length.end()) * kMostPathPerEdge < longest;
  const auto count = static_cast<size_t>(sizes.share) * static_cast<size_t>(threads);
  std::vector<TreeNode> nodes(count, TreeNode{});
  std::vector<int32_t> class_of_node(count, 0);
  bool in_preorder = true;
  for (int node = 0; node < classes; node++) {
    const auto from = static_cast<size_t>(node);
    const auto to = static_cast<size_t>(node % sizes.share * threads + node / sizes.share);
    nodes[to] = TreeNode::of(depth[from], tree.subtree_size[from], static_cast<float>(tree.length[from] / view.path_unit));
    class_of_node[to] = tree.class_of_preorder[from];
    in_preorder = in_preorder && tree.class_of_preorder[from] == node;
  }
  package.add(nodes.data(), count, &view.nodes);
  if (!in_preorder) package.add(class_of_node.data(), count, &view.node_class);
}

void describe(const ::semd_ground& ground, Package& package, GroundView& view) {
  const size_t classes = static_cast<size_t>(ground.classes);
  std::vector<int32_t> depth(classes, 0);
  for (size_t node = 1; node < classes; node++) depth[node] = depth[static_cast<size_t>(ground.parent[node])] + 1;
  package.add(ground.preorder_of_class.data(), classes, &view.preorder_of_class);
  package.add(ground.subtree_size.data(), classes, &view.subtree_size);
  package.add(depth.data(), classes, &view.depth);
  package.add(ground.length.data(), classes, &view.length);
  if (ground.classes <= kMostTreeClasses) describe_segments(ground, depth, package, view);
}

const LossKernels& kernels(const RowProblem&) { return tree_kernels(); }

}  // namespace

const GroundKind tree_kind{describe, kernels};

}  // namespace semd::cuda
