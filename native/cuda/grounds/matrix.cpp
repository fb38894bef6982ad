// Matrices on the device: a cost for each pair of classes, without the padding that rows have on the host.
#include "kind.h"

namespace semd::cuda {
namespace {

std::vector<float> without_padding(const std::vector<float>& from, size_t classes, size_t stride) {
  std::vector<float> to(classes * classes);
  for (size_t row = 0; row < classes; row++) {
    std::memcpy(to.data() + row * classes, from.data() + row * stride, classes * sizeof(float));
  }
  return to;
}

void describe(const ::semd_ground& ground, Package& package, GroundView& view) {
  const auto classes = static_cast<size_t>(ground.classes), stride = static_cast<size_t>(ground.stride);
  const auto add = [&](const std::vector<float>& from, const float** pointer) {
    const std::vector<float> values = without_padding(from, classes, stride);
    package.add(values.data(), values.size(), pointer);
  };
  add(ground.cost, &view.cost);
  if (ground.may_cancel()) add(ground.cost_rest, &view.cost_rest);
}

const LossKernels& kernels(const RowProblem&) { return cost_kernels(); }

}  // namespace

const GroundKind matrix_kind{describe, kernels};

}  // namespace semd::cuda
