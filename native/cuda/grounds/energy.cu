// The energy distance: M = D^exponent, [classes, classes], and kernels of its own.
#include "../kernels/tiled_rows/energies.cuh"
#include "../kernels/tiled_rows/table.cuh"
#include "kind.h"

namespace semd::cuda {
namespace {

void describe(const ::semd_ground& ground, Package& package, GroundView& view) {
  const int64_t classes = ground.classes, panel = Energy::kPanel;
  std::vector<float> m(static_cast<size_t>(classes * classes));
  for (int64_t k = 0; k < classes; k++) {
    for (int64_t i = 0; i < classes; i++) {
      m[static_cast<size_t>(k * classes + i)] = ground.panel_of(i / panel * panel, classes)[k * panel + i % panel];
    }
  }
  package.add(m.data(), m.size(), &view.cost);
  view.indefinite = ground.indefinite;
}

const LossKernels& kernels(const RowProblem&) {
  static const LossKernels& kernels = *new LossKernels(tiled_kernels<Energies>());
  return kernels;
}

}  // namespace

const GroundKind energy_kind{describe, kernels};

}  // namespace semd::cuda
