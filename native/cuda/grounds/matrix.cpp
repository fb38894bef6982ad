// Matrices on the device: a cost for each pair of classes, without the padding that rows have on the host.
#include "kind.h"

namespace semd::cuda {
namespace {

void describe(const ::semd_ground& ground, Package& package, GroundView& view) {
  const size_t classes = static_cast<size_t>(ground.classes);
  std::vector<float> cost(classes * classes);
  for (size_t row = 0; row < classes; row++) {
    std::memcpy(cost.data() + row * classes, ground.cost_row(static_cast<int64_t>(row)), classes * sizeof(float));
  }
  package.add(cost.data(), cost.size(), &view.cost);
}

const LossKernels& kernels(const RowProblem&) { return cost_kernels(); }

}  // namespace

const GroundKind matrix_kind{describe, kernels};

}  // namespace semd::cuda
