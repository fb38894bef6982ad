// Rows side by side, ground distances that are a cost c_i per class: E = sum p_i^rho c_i.
#pragma once

#include "predictions.h"

namespace SEMD_ISA {
namespace wide {

// Distance of class i from the label on the line or, with `circle`, the shorter way round.
struct ArcCost {
  const Group g;
  const semd_ground& ground;
  bool circle;
  Float own_high, own_low, own_rest;
  ArcCost(const Group& group, const semd_ground& distance)
      : g(group), ground(distance), circle(distance.kind == SEMD_CIRCULAR) {
    own_high = gather(ground.position_high.data(), g.label);
    own_low = gather(ground.position_low.data(), g.label);
    own_rest = gather(ground.position_rest.data(), g.label);
  }
  Float operator()(int i) const {
    const Float high = broadcast(ground.position_high[i]), low = broadcast(ground.position_low[i]);
    const Float direct = abs(add(sub(high, own_high), sub(low, own_low)));
    if (!circle) return direct;
    const Float over_the_end = add(own_high, broadcast(ground.position_rest[i]));
    const Float over_the_start = add(high, own_rest);
    return min(direct, select(less(g.label, broadcast(int32_t{i})), over_the_end, over_the_start));
  }
};

// Costs that were written to b[].
struct StoredCost {
  const Group g;
  Float operator()(int i) const { return load(at(g.b, i)); }
};

template <class Cost>
static void cost_form(Group& group, const Cost& cost, bool logits) {
  const Group g = group;  // a copy that no store can alias
  Total emd;
  ascend(
      g.classes,
      [&](int i) {
        const Float p = logits ? load(at(g.z, i)) : probability(g, i), c = cost(i);
        const Float pc = mul(p, c);
        store(at(g.a, i), g.squared ? pc : c);
        emd.run = g.squared ? fma(p, pc, emd.run) : add(emd.run, pc);
      },
      [&] {
        emd.next_run();
      });
  if (logits) {
    set_one_pass(group, emd.value());
  } else {
    group.emd = emd.value();
    group.gain = broadcast(g.squared ? 2.0f : 1.0f);
    group.center = zero();
  }
}

// Rows of the cost matrix, one per lane, to b[].
static void gather_matrix_costs(Group& g, const semd_ground& ground) {
  alignas(64) int32_t label[kLanes];
  store(label, g.label);
  const float* row[kLanes];
  for (int lane = 0; lane < kLanes; lane++) row[lane] = ground.cost_row(label[lane]);
  load_transposed(row, g.classes, g.b);
}

// c_i = sum_k t_k D_ik to b[]: a matrix product, four classes at a time.
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

}  // namespace wide
}  // namespace SEMD_ISA
