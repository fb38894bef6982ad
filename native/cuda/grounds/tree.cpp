// Trees on the device: their nodes in preorder, in which a subtree is a range.
#include "kind.h"

namespace semd::cuda {
namespace {

void describe(const ::semd_ground& ground, Package& package, GroundView& view) {
  const size_t classes = static_cast<size_t>(ground.classes);
  std::vector<int32_t> depth(classes, 0);
  for (size_t node = 1; node < classes; node++) depth[node] = depth[static_cast<size_t>(ground.parent[node])] + 1;
  package.add(ground.preorder_of_class.data(), classes, &view.preorder_of_class);
  package.add(ground.subtree_size.data(), classes, &view.subtree_size);
  package.add(depth.data(), classes, &view.depth);
  package.add(ground.length.data(), classes, &view.length);
}

const LossKernels& kernels(const RowProblem&) { return tree_kernels(); }

}  // namespace

const GroundKind tree_kind{describe, kernels};

}  // namespace semd::cuda
