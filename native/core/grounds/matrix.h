// Arbitrary distances: a matrix of costs D_ij^exponent + offset, its rows `stride` apart (mathematics, "Matrix").
#pragma once

#include <cstdint>
#include <vector>

#include "preparation.h"

namespace semd {

struct Matrix {
  std::vector<float> cost;
  int64_t stride = 0;

  const float* cost_row(int64_t k) const { return cost.data() + k * stride; }
};

template <>
struct Preparation<SEMD_MATRIX> {
  using Values = Matrix;
  static constexpr Sizes sizes(size_t classes) { return {0, 0, classes * classes}; }
  static constexpr int32_t terms(int32_t classes) { return classes; }
  static bool prepare(Matrix& matrix, const semd_ground_description& description, bool) {
    if (!description.distances) return false;
    const int64_t classes = description.classes;
    matrix.stride = padded(classes);
    matrix.cost.assign(static_cast<size_t>(classes * matrix.stride), 0.0f);
    for (int64_t i = 0; i < classes; i++) {
      for (int64_t j = 0; j < classes; j++) {
        const double distance = description.distances[i * classes + j];
        const double power = power_of(distance, description.exponent);
        matrix.cost[i * matrix.stride + j] = static_cast<float>(power + description.offset);
      }
    }
    return true;
  }
};

}  // namespace semd
