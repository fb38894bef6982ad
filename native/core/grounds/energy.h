// The energy distance: M = D^exponent, in panels of neighbouring classes, the order in which matrix products read it
// (mathematics, "Energy, and how the kinds are related").
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "preparation.h"

namespace semd {

struct Energy {
  static constexpr int kPanel = 12;  // classes
  // Panel after panel [classes][kPanel]: M_ki for the panel's classes i, zeros beyond the last class.
  std::vector<float> panels;
  // The mean over i of M_ki, for each k.
  std::vector<double> means;
  bool indefinite = false;  // E may be negative

  // M_ki for all k and the classes of the panel that begins with class i.
  const float* panel_of(int64_t i, int64_t classes) const { return panels.data() + i * classes; }
};

template <>
struct Preparation<SEMD_ENERGY> {
  using Values = Energy;
  static constexpr Sizes sizes(size_t classes) { return {0, 0, classes * classes}; }
  static constexpr int32_t terms(int32_t classes) { return classes; }
  static bool prepare(Energy& energy, const semd_ground_description& description, bool) {
    if (!description.distances) return false;
    constexpr int64_t panel = Energy::kPanel;
    const int64_t classes = description.classes;
    energy.indefinite = description.indefinite != 0;
    energy.panels.assign(static_cast<size_t>((classes + panel - 1) / panel * panel * classes), 0.0f);
    energy.means.assign(static_cast<size_t>(classes), 0.0);
    for (int64_t k = 0; k < classes; k++) {
      double sum = 0;
      for (int64_t i = 0; i < classes; i++) {
        const double distance = description.distances[k * classes + i];
        const float m = static_cast<float>(power_of(distance, description.exponent));
        energy.panels[i / panel * panel * classes + k * panel + i % panel] = m;
        sum += m;
      }
      energy.means[k] = sum / classes;
    }
    return true;
  }
};

}  // namespace semd
