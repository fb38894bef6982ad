// Which forms serve the circle on the CPU: one pass or costs for class indices from logits, else CDF differences.
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
struct OnCpu<SEMD_CIRCULAR> {
  static constexpr bool kOfDifferences = true;
  static constexpr int kColumnArrays = 0;

  static SEMD_ALWAYS_INLINE wide::Gains gains(const Task&) { return wide::Gains::kStored; }
  static SEMD_ALWAYS_INLINE wide::Double measure(wide::Group& g, const Task& task) {
    const semd_ground& ground = *task.ground;
    if (task.one_pass()) {
      g.squared ? wide::circular_one_pass(g, ground) : wide::cost_form(g, wide::ArcCost<true>(g, ground), true);
    } else if (takes_wide_sums(task)) {
      g.squared ? wide::wide_differences(g, ground, true, task.of_logits())
                : wide::wide_median_differences(g, ground, task.of_logits());
    } else {
      wide::circular_differences(g, ground, task.of_logits());
    }
    return wide::zero_double();
  }

  // Medians, and circles with one wide gap (Line), have no form for long rows: such problems rarely have so many classes.
  static bool takes_long_rows(const Task& task) {
    const semd_ground& ground = *task.ground;
    if (ground.closes_wide && (ground.first_class > 0 || !task.one_pass())) return false;
    return task.problem->power == 2 || task.one_pass();
  }
  static bool sums_up(const Task& task) { return task.problem->power == 2 || !task.one_pass(); }
  static SEMD_ALWAYS_INLINE void measure(long_row::Row& row, const Task& task) {
    const semd_ground& ground = *task.ground;
    if (takes_wide_sums(task)) {
      long_row::wide_circular_differences(row, ground.gaps(), ground.total_gap);
    } else if (!task.one_pass()) {
      long_row::circular_differences(row, ground.gaps(), ground.total_gap);
    } else if (!row.squared) {
      long_row::cost_form(row, long_row::ArcCost<true>{ground, row.label}, true);
    } else if (ground.unit_gaps) {
      long_row::circular_one_pass<true>(row, ground);
    } else {
      long_row::circular_one_pass<false>(row, ground);
    }
  }
};

}  // namespace SEMD_ISA
