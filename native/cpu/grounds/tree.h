// Trees on the CPU: only side by side, since each row follows the edges in its own way.
#pragma once

#include "../columns/tree_form.h"
#include "on_cpu.h"

namespace SEMD_ISA {

template <>
struct OnCpu<SEMD_TREE> {
  static constexpr bool kOfDifferences = true;
  static constexpr int kColumnArrays = 2;  // m[], in float64

  static SEMD_ALWAYS_INLINE wide::Gains gains(const Task&) { return wide::Gains::kOfTree; }
  static SEMD_ALWAYS_INLINE wide::Double measure(wide::Group& g, const Task& task) {
    return wide::tree_form(g, *task.ground, task.of_logits());
  }

  static bool takes_long_rows(const Task&) { return false; }
  static bool sums_up(const Task&) { return false; }
  static void measure(long_row::Row&, const Task&) {}
};

}  // namespace SEMD_ISA
