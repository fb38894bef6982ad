// Arbitrary distances: a matrix of costs D_ij^exponent + offset, its rows `stride` apart (mathematics, "Matrix").
#pragma once

#include <cstdint>
#include <vector>

#include "preparation.h"

namespace semd {

struct Matrix {
  std::vector<float> cost;
  // What rounding took from each cost, where costs have both signs and may cancel in the mean that a distribution makes of them;
  // else empty.
  std::vector<float> cost_rest;
  int64_t stride = 0;

  const float* cost_row(int64_t k) const { return cost.data() + k * stride; }
  bool may_cancel() const { return !cost_rest.empty(); }
  const float* cost_rest_row(int64_t k) const { return cost_rest.data() + k * stride; }
};

// Whether costs with this offset may cancel in a mean.
constexpr bool costs_may_cancel(double offset) { return offset < 0; }

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
    if (costs_may_cancel(description.offset)) matrix.cost_rest = matrix.cost;
    for (int64_t i = 0; i < classes; i++) {
      for (int64_t j = 0; j < classes; j++) {
        const double distance = description.distances[i * classes + j];
        const double exact = power_of(distance, description.exponent) + description.offset;
        const auto cost = static_cast<float>(exact);
        const auto place = static_cast<size_t>(i * matrix.stride + j);
        matrix.cost[place] = cost;
        if (matrix.may_cancel()) matrix.cost_rest[place] = static_cast<float>(exact - cost);
      }
    }
    return true;
  }
};

}  // namespace semd
