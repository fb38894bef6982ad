// The energy distance on the device: the matrix M = D^exponent, with zeros behind each row.
#include "../block/shared_sizes.h"
#include "kind.h"

namespace semd::cuda {
namespace {

void describe(const ::semd_ground& ground, Package& package, GroundView& view) {
  const int64_t classes = ground.classes, panel = Energy::kPanel, pitch = energy_pitch(ground.classes);
  std::vector<float> m(static_cast<size_t>(classes * pitch));
  for (int64_t k = 0; k < classes; k++) {
    for (int64_t i = 0; i < classes; i++) {
      m[static_cast<size_t>(k * pitch + i)] = ground.panel_of(i / panel * panel, classes)[k * panel + i % panel];
    }
  }
  package.add(m.data(), m.size(), &view.cost);
  package.add(ground.means.data(), ground.means.size(), &view.means);
  view.indefinite = ground.indefinite;
}

const LossKernels& kernels(const RowProblem&) { return energy_kernels(); }

}  // namespace

const GroundKind energy_kind{describe, kernels, energy_pitch};

}  // namespace semd::cuda
