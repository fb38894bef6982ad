// Every kind of ground distance, and the choice among them.
#pragma once

#define SEMD_GROUNDS ../cpu/grounds
#include "../../core/each_ground.h"
#undef SEMD_GROUNDS

namespace SEMD_ISA {

// With fewer classes, rows side by side are faster.
constexpr int kLongRow = 512;

static inline bool takes_long_rows(const Task& task) {
  if (task.problem->inner != 1 || task.problem->classes < kLongRow) return false;
  return semd::with_kind(task.ground->kind, [&](auto kind) { return OnCpu<kind>::takes_long_rows(task); });
}

namespace long_row {

static bool sums_up(const Task& task) {
  return semd::with_kind(task.ground->kind, [&](auto kind) { return OnCpu<kind>::sums_up(task); });
}

static void measure(Row& row, const Task& task) {
  semd::with_kind(task.ground->kind, [&](auto kind) { OnCpu<kind>::measure(row, task); });
}

}  // namespace long_row

namespace wide {

static bool is_of_differences(const semd_ground& ground) {
  return semd::with_kind(ground.kind, [](auto kind) { return OnCpu<kind>::kOfDifferences; });
}

static int column_arrays(const semd_ground& ground) {
  return semd::with_kind(ground.kind, [](auto kind) { return OnCpu<kind>::kColumnArrays; });
}

static Gains gains_of(const Task& task) {
  return semd::with_kind(task.ground->kind, [&](auto kind) { return OnCpu<kind>::gains(task); });
}

static Double measure(Group& g, const Task& task) {
  return semd::with_kind(task.ground->kind, [&](auto kind) { return OnCpu<kind>::measure(g, task); });
}

}  // namespace wide
}  // namespace SEMD_ISA
