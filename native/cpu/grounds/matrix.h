// Arbitrary distances on the CPU, E = sum p_i^rho c_i. For a class index k the costs c_i are a row of the matrix; for
// distributions they are a matrix product, in which rows side by side share each entry that is read.
#pragma once

#include "../columns/costs.h"
#include "../long_row/costs.h"
#include "on_cpu.h"

namespace SEMD_ISA {
namespace wide {

// Writes the row of the cost matrix that belongs to each lane's label to b[].
static void gather_matrix_costs(Group& g, const semd_ground& ground) {
  alignas(64) int32_t label[kLanes];
  store(label, g.label);
  const float* row[kLanes];
  for (int lane = 0; lane < kLanes; lane++) row[lane] = ground.cost_row(label[lane]);
  load_transposed(row, g.classes, g.b);
}

// Writes c_i = sum_k t_k D_ik to b[]: a matrix product, four classes at a time.
static void mix_matrix_costs(Group& group, const semd_ground& ground) {
  const Group g = group;  // a copy that no store can alias
  const int classes = g.classes;
  for (int i = 0; i < classes; i += 4) {
    const int count = least(4, classes - i);
    const float* row[4];
    for (int j = 0; j < 4; j++) row[j] = ground.cost_row(i + (j < count ? j : 0));
    Total sum[4];
    ascend(
        classes,
        [&](int k) {
          const Float t = load(at(g.t, k));
          for (int j = 0; j < 4; j++) sum[j].run = fma(broadcast(row[j][k]), t, sum[j].run);
        },
        [&] {
          for (int j = 0; j < 4; j++) sum[j].next_run();
        });
    for (int j = 0; j < count; j++) store(at(g.b, i + j), sum[j].value());
  }
}

// The same in double precision, for costs of both signs: what is left of them when they cancel has to have its digits.
static void mix_cancelling_costs(Group& group, const semd_ground& ground) {
  const Group g = group;  // a copy that no store can alias
  for (int i = 0; i < g.classes; i++) {
    const float *row = ground.cost_row(i), *rest = ground.cost_rest_row(i);
    Double sum = zero_double();
    for (int k = 0; k < g.classes; k++) {
      sum = fma(widen(load(at(g.t, k))), broadcast(static_cast<double>(row[k]) + static_cast<double>(rest[k])), sum);
    }
    store(at(g.b, i), narrow(sum));
  }
}

}  // namespace wide

template <>
struct OnCpu<SEMD_MATRIX> {
  static constexpr bool kOfDifferences = false;
  static constexpr int kColumnArrays = 0;

  static SEMD_ALWAYS_INLINE wide::Gains gains(const Task&) { return wide::Gains::kStored; }
  static SEMD_ALWAYS_INLINE wide::Double measure(wide::Group& g, const Task& task) {
    if (g.t && task.ground->may_cancel()) {
      wide::mix_cancelling_costs(g, *task.ground);
    } else if (g.t) {
      wide::mix_matrix_costs(g, *task.ground);
    } else {
      wide::gather_matrix_costs(g, *task.ground);
    }
    wide::cost_form(g, wide::StoredCost{g}, task.of_logits());
    return wide::zero_double();
  }

  static bool takes_long_rows(const Task& task) { return task.of_classes(); }
  static bool sums_up(const Task&) { return false; }
  static SEMD_ALWAYS_INLINE void measure(long_row::Row& row, const Task& task) {
    long_row::cost_form(row, long_row::MatrixCost{task.ground->cost_row(row.label)}, task.of_logits());
  }
};

}  // namespace SEMD_ISA
