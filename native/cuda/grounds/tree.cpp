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

// Of segmented rows with elements of so many bytes.
void describe_segments(const ::semd_ground& tree, size_t element, const std::vector<int32_t>& depth, double path_unit,
                       Package& package, TreeSegments& out) {
  const int threads = tree_threads(tree.classes), share = SegmentMemory(tree.classes, threads, element).share;
  const auto count = static_cast<size_t>(share) * static_cast<size_t>(threads);
  std::vector<TreeNode> nodes(count, TreeNode{});
  std::vector<int32_t> class_of_node(count, 0);
  bool in_preorder = true;
  for (int node = 0; node < tree.classes; node++) {
    const auto from = static_cast<size_t>(node);
    const auto to = static_cast<size_t>(node % share * threads + node / share);
    nodes[to] = TreeNode::of(depth[from], tree.subtree_size[from], static_cast<float>(tree.length[from] / path_unit));
    class_of_node[to] = tree.class_of_preorder[from];
    in_preorder = in_preorder && tree.class_of_preorder[from] == node;
  }
  package.add(nodes.data(), count, &out.nodes);
  if (!in_preorder) package.add(class_of_node.data(), count, &out.classes);
}

void describe(const ::semd_ground& ground, Package& package, GroundView& view) {
  const size_t classes = static_cast<size_t>(ground.classes);
  std::vector<int32_t> depth(classes, 0);
  for (size_t node = 1; node < classes; node++) depth[node] = depth[static_cast<size_t>(ground.parent[node])] + 1;
  package.add(ground.preorder_of_class.data(), classes, &view.preorder_of_class);
  package.add(ground.subtree_size.data(), classes, &view.subtree_size);
  package.add(depth.data(), classes, &view.depth);
  package.add(ground.length.data(), classes, &view.length);
  if (ground.classes > kMostTreeClasses) return;
  const double longest = longest_path(ground);
  view.path_unit = longest / 1.98;  // a little less than two units, as sums of rounded numbers come close to it
  view.short_edges = *std::min_element(ground.length.begin() + 1, ground.length.end()) * kMostPathPerEdge < longest;
  describe_segments(ground, sizeof(float), depth, view.path_unit, package, view.segments[0]);
  describe_segments(ground, sizeof(uint16_t), depth, view.path_unit, package, view.segments[1]);
}

const LossKernels& kernels(const RowProblem&) { return tree_kernels(); }

}  // namespace

const GroundKind tree_kind{describe, kernels};

}  // namespace semd::cuda
