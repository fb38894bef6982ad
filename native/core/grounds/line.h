// The line and the circle: classes in order, with a gap between neighbours.
#pragma once

#include <cstdint>
#include <vector>

#include "preparation.h"

namespace semd {

struct Line {
  bool unit_gaps = true;
  // gaps()[j] lies between places j and j + 1; on a line gaps()[classes - 1] is 0. gaps()[-1] may be read.
  std::vector<float> gap_storage;
  double total_gap = 0;
  // A circle of which one gap is more than a quarter is numbered from behind that gap: place i is class i + first_class, and
  // `closes_wide` says that the wide gap is the last one.
  int32_t first_class = 0;
  bool closes_wide = false;
  // The distance from place 0 up to each place, as an unevaluated sum of two floats, and the rest of the way round the circle.
  std::vector<float> position_high, position_low, position_rest;

  const float* gaps() const { return gap_storage.data() + 1; }

  // `count` is the number of gaps, also where `gaps` is null: classes - 1 on a line, classes on a circle.
  void prepare(int32_t classes, const double* gaps, int32_t count) {
    gap_storage.assign(static_cast<size_t>(1 + padded(classes + 1)), 0.0f);
    std::vector<double> position(static_cast<size_t>(classes) + 1);
    for (int32_t j = 0; j < count; j++) {
      const int32_t i = j + first_class;
      const float gap = gaps ? static_cast<float>(gaps[i < classes ? i : i - classes]) : 1.0f;
      gap_storage[1 + j] = gap;
      unit_gaps = unit_gaps && gap == 1.0f;
      total_gap += gap;
      position[j + 1] = total_gap;
    }
    const auto size = static_cast<size_t>(padded(classes));
    position_high.assign(size, 0.0f);
    position_low.assign(size, 0.0f);
    position_rest.assign(size, 0.0f);
    for (int32_t i = 0; i < classes; i++) {
      position_high[i] = static_cast<float>(position[i]);
      position_low[i] = static_cast<float>(position[i] - position_high[i]);
      position_rest[i] = static_cast<float>(total_gap - position[i]);
    }
  }

  // The boundary at a circle's widest gap adds to the gradient a small difference of two numbers as large as the gap, which
  // float32 loses where that gap is much wider than the others. The last boundary has no such term, so the gap is made the last.
  void number_from_widest(int32_t classes, const double* gaps) {
    double total = 0;
    int32_t widest = classes - 1;
    for (int32_t j = 0; j < classes; j++) {
      total += gaps[j];
      if (gaps[j] > gaps[widest]) widest = j;
    }
    closes_wide = gaps[widest] > total / 4;
    if (closes_wide) first_class = (widest + 1) % classes;
  }
};

}  // namespace semd
