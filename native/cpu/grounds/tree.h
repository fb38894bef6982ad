// Trees on the CPU: always side by side, as the edges give the classes of a row no order in which vectors could take them.
#pragma once

#include "../columns/tree_form.h"
#include "on_cpu.h"

namespace SEMD_ISA {

template <>
struct OnCpu<SEMD_TREE> {
  static constexpr bool kOfDifferences = true;
  static constexpr int kColumnArrays = 2;  // m[], whose numbers are float64

  static SEMD_ALWAYS_INLINE wide::Gains gains(const Task&) { return wide::Gains::kOfTree; }
  static SEMD_ALWAYS_INLINE wide::Double measure(wide::Group& g, const Task& task) {
    return wide::tree_form(g, *task.ground, task.of_logits());
  }

  static bool takes_long_rows(const Task&) { return false; }
  static bool sums_up(const Task&) { return false; }
  static void measure(long_row::Row&, const Task&) {}
};

}  // namespace SEMD_ISA
