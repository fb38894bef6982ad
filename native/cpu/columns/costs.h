// Rows side by side, ground distances that are a cost c_i per class: E = sum p_i^rho c_i.
//
// One ascent over the classes adds up p_i^rho c_i and stores a_i = p_i^(rho - 1) c_i in a[]. From logits the masses are
// exponentials not yet divided by their sum; set_one_pass divides E and the factors of the gradient instead.
#pragma once

#include "predictions.h"

namespace SEMD_ISA {
namespace wide {

// Distance of class i from the label on the line or, with `circle`, the shorter way round.
template <bool circle>
struct ArcCost {
  const Group g;
  const semd_ground& ground;
  Float own_high, own_low, own_rest;
  ArcCost(const Group& group, const semd_ground& distance) : g(group), ground(distance) {
    own_high = gather(ground.position_high.data(), g.label);
    own_low = gather(ground.position_low.data(), g.label);
    own_rest = gather(ground.position_rest.data(), g.label);
  }
  Float operator()(int i) const {
    const Float high = broadcast(ground.position_high[i]), low = broadcast(ground.position_low[i]);
    const Float direct = abs(add(sub(high, own_high), sub(low, own_low)));
    if constexpr (!circle) return direct;
    const Float over_the_end = add(own_high, broadcast(ground.position_rest[i]));
    const Float over_the_start = add(high, own_rest);
    return min(direct, select(less(g.label, broadcast(int32_t{i})), over_the_end, over_the_start));
  }
};

// Costs that b[] holds.
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

}  // namespace wide
}  // namespace SEMD_ISA
