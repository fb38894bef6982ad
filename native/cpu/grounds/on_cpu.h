// What the CPU has to know of a kind of ground distance: which forms serve it. Each kind's answers stand in its own file.
#pragma once

#include "../columns/gradient.h"
#include "../kernels.h"
#include "../long_row/blocks.h"

namespace SEMD_ISA {
// kOfDifferences         E is made of differences p - t, so that with power 2 it grows with the square of the target's sum
// Rows side by side:
//   kColumnArrays        float arrays [classes][lanes] of scratch that it needs besides a[] and b[]
//   gains(task)          where measure() leaves a_i
//   measure(group, task) E, a_i, gain and center; returns the center of a tree, else 0
// Long rows:
//   takes_long_rows(task)  whether that is faster than rows side by side, of many contiguous classes
//   sums_up(task)          whether the row's arrays are kept transposed, for running sums
//   measure(row, task)     E, local_i, bases, gain and center
template <semd_ground_kind kind>
struct OnCpu;

}  // namespace SEMD_ISA
