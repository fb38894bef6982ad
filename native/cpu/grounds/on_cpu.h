// What the CPU's kernels have to know about a kind of ground distance: which forms serve it. Each kind has a file of its own,
// with a specialization of OnCpu that has
#pragma once

#include "../columns/gradient.h"
#include "../kernels.h"
#include "../long_row/blocks.h"

namespace SEMD_ISA {
// kOfDifferences         whether E is made of differences p - t, so that with power 2 it grows with the square of S
// Rows side by side:
//   kColumnArrays        scratch arrays [classes][lanes] of floats that it needs besides a[] and b[]
//   gains(task)          where measure() leaves a_i
//   measure(group, task) E, a_i, gain and center; returns the center of a tree, else 0
// Long rows:
//   takes_long_rows(task)  whether rows of many contiguous classes are faster one at a time than side by side
//   sums_up(task)          whether the row's arrays are kept transposed, for running sums
//   measure(row, task)     E, local_i, bases, gain and center
template <semd_ground_kind kind>
struct OnCpu;

// Whether differences of cumulative sums are formed in float64 (differences.h of columns/ and long_row/). In float32 sparse rows reach the
// promised bounds at 33 classes, and miss them the more the more classes there are; distributions from logits do not, with power 2. E of
// power 1 is as uncertain as a rounding of the gaps' sum, however few there are.
static inline bool takes_wide_sums(const Task& task) {
  const semd_problem& problem = *task.problem;
  if (task.one_pass()) return false;
  if (problem.power == 1) return problem.classes > 16 || task.ground->total_gap > 32;
  return problem.classes > 16 && !task.of_logits();
}

}  // namespace SEMD_ISA
