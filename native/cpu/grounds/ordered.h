// Which forms serve the line on the CPU: one pass or costs for class indices from logits, else CDF differences.
#pragma once

#include "../columns/costs.h"
#include "../columns/differences.h"
#include "../columns/one_pass.h"
#include "../long_row/costs.h"
#include "../long_row/differences.h"
#include "../long_row/one_pass.h"
#include "on_cpu.h"

namespace SEMD_ISA {

template <>
struct OnCpu<SEMD_ORDERED> {
  static constexpr bool kOfDifferences = true;
  static constexpr int kColumnArrays = 0;

  static SEMD_ALWAYS_INLINE wide::Gains gains(const Task& task) {
    return task.one_pass() && task.problem->power == 2 ? wide::Gains::kOfLine : wide::Gains::kStored;
  }
  static SEMD_ALWAYS_INLINE wide::Double measure(wide::Group& g, const Task& task) {
    const semd_ground& ground = *task.ground;
    if (task.one_pass()) {
      g.squared ? wide::ordered_one_pass(g, ground.gaps()) : wide::cost_form(g, wide::ArcCost<false>(g, ground), true);
    } else if (takes_wide_sums(task)) {
      wide::wide_differences(g, ground, false, task.of_logits());
    } else {
      wide::ordered_differences(g, ground, task.of_logits());
    }
    return wide::zero_double();
  }

  static bool takes_long_rows(const Task&) { return true; }
  static bool sums_up(const Task& task) { return task.problem->power == 2 || !task.one_pass(); }
  static SEMD_ALWAYS_INLINE void measure(long_row::Row& row, const Task& task) {
    const semd_ground& ground = *task.ground;
    if (takes_wide_sums(task)) {
      long_row::ordered_differences<true>(row, ground.gaps(), task.of_logits());
    } else if (!task.one_pass()) {
      long_row::ordered_differences<false>(row, ground.gaps(), true);
    } else if (!row.squared) {
      long_row::cost_form(row, long_row::ArcCost<false>{ground, row.label}, true);
    } else {
      ground.unit_gaps ? long_row::ordered_one_pass<true>(row, ground.gaps())
                       : long_row::ordered_one_pass<false>(row, ground.gaps());
    }
  }
};

}  // namespace SEMD_ISA
