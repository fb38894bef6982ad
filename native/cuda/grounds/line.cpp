// The line and the circle on the device: gaps, and the positions of the classes.
#include <algorithm>

#include "../block/shared_sizes.h"
#include "kind.h"

namespace semd::cuda {
namespace {

void describe(const ::semd_ground& ground, Package& package, GroundView& view) {
  const size_t classes = static_cast<size_t>(ground.classes);
  if (!ground.unit_gaps) {
    // Kernels read whole vectors of four.
    std::vector<float> gaps(static_cast<size_t>(stage_stride(ground.classes)), 0.0f);
    std::copy_n(ground.gaps(), classes, gaps.data());
    package.add(gaps.data(), gaps.size(), &view.gaps);
  }
  package.add(ground.position_high.data(), classes, &view.position_high);
  package.add(ground.position_low.data(), classes, &view.position_low);
  package.add(ground.position_rest.data(), classes, &view.position_rest);
  view.total_gap = ground.total_gap;
  view.inverse_total_gap = 1 / ground.total_gap;
}

void describe_line(const ::semd_ground& ground, Package& package, GroundView& view) {
  describe(ground, package, view);
  view.unit_line = ground.unit_gaps;
}

// A gap as long as n typical ones costs the gradient about n units of rounding; from here on its slope is found from the
// others (mathematics, "Circular, power 2").
constexpr double kDominant = 16;

void find_dominant_gap(const ::semd_ground& ground, GroundView& view) {
  const float* gaps = ground.gaps();
  const int32_t largest = static_cast<int32_t>(std::max_element(gaps, gaps + ground.classes) - gaps);
  double others = 0;
  for (int32_t j = 0; j < ground.classes; j++) others += j == largest ? 0.0 : gaps[j];
  if (gaps[largest] <= kDominant * others / (ground.classes - 1)) return;
  view.dominant = largest;
  view.other_gaps = others;
}

void describe_circle(const ::semd_ground& ground, Package& package, GroundView& view) {
  describe(ground, package, view);
  view.circular = 1;
  if (!ground.unit_gaps) find_dominant_gap(ground, view);
}

// From logits to a class index no differences of distributions are needed: power 1 is a cost per class, power 2 has the
// one-pass form.
const LossKernels& kernels(const RowProblem& problem) {
  if (problem.distribution() || problem.input != SEMD_LOGITS) return difference_kernels();
  return problem.power == 1 ? cost_kernels() : one_pass_kernels();
}

}  // namespace

const GroundKind ordered_kind{describe_line, kernels};
const GroundKind circular_kind{describe_circle, kernels};

}  // namespace semd::cuda
