// The energy distance on the CPU: a matrix product, for which rows lie side by side however long they are, as they share
// each entry of the matrix that is read.
#pragma once

#include "../columns/energy_form.h"
#include "on_cpu.h"

namespace SEMD_ISA {

template <>
struct OnCpu<SEMD_ENERGY> {
  static constexpr bool kOfDifferences = true;
  static constexpr int kColumnArrays = 1;  // the distances to each row's label

  static SEMD_ALWAYS_INLINE wide::Gains gains(const Task&) { return wide::Gains::kStored; }
  static SEMD_ALWAYS_INLINE wide::Double measure(wide::Group& g, const Task& task) {
    if (task.one_pass()) {
      wide::energy_to_class(g, *task.ground, reinterpret_cast<float*>(g.m));
    } else {
      wide::energy_of_differences(g, *task.ground, task.of_logits());
    }
    return wide::zero_double();
  }

  static bool takes_long_rows(const Task&) { return false; }
  static bool sums_up(const Task&) { return false; }
  static void measure(long_row::Row&, const Task&) {}
};

}  // namespace SEMD_ISA
