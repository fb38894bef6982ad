// One long row, ground distances that are a cost c_i per class: E = sum p_i^rho c_i.
//
// One walk through the blocks adds up p_i^rho c_i and stores a_i = p_i^(rho - 1) c_i. There are no running sums, so blocks
// stay in the natural order of the classes: local_i is -a_i, and the base 0.
#pragma once

#include "one_pass.h"

namespace SEMD_ISA {
namespace long_row {

struct MatrixCost {
  const float* cost;
  Float operator()(int i) const { return load(cost + i); }
};

// Distance of a class from the label on the line or, with `circle`, the shorter way round.
template <bool circle>
struct ArcCost {
  const semd_ground& ground;
  int label;
  Float operator()(int i) const {
    const Float high = load(ground.position_high.data() + i), low = load(ground.position_low.data() + i);
    const Float own_high = broadcast(ground.position_high[label]), own_low = broadcast(ground.position_low[label]);
    const Float direct = abs(add(sub(high, own_high), sub(low, own_low)));
    if constexpr (!circle) return direct;
    const Float over_the_end = add(own_high, load(ground.position_rest.data() + i));
    const Float over_the_start = add(high, broadcast(ground.position_rest[label]));
    const Int place = add(lane_numbers(), broadcast(int32_t{i}));
    return min(direct, select(less(broadcast(int32_t{label}), place), over_the_end, over_the_start));
  }
};

template <class Cost>
static void cost_form(Row& row, const Cost& cost, bool logits) {
  BlockTotal emd;
  for (int block = 0, i = 0; block < row.blocks; block++, i += kBlock) {
    const Block e = load_block(row.e + i);
    Block a;
    for (int c = 0; c < 4; c++) {
      const Float each = cost(i + c * kLanes);
      a.v[c] = row.squared ? mul(e.v[c], each) : each;
    }
    if (row.squared) {
      add_products(emd.run, e, a);
    } else {
      Block pc;
      for (int c = 0; c < 4; c++) pc.v[c] = mul(e.v[c], a.v[c]);
      emd.run = add(emd.run, sum_of(pc));
    }
    emd.carry_after(block);
    for (int c = 0; c < 4; c++) a.v[c] = sub(zero(), a.v[c]);
    store_block(row.local + i, a);
    row.base[block] = 0;
  }
  if (logits) {
    set_one_pass(row, emd.value());
  } else {
    row.emd = emd.value();
    row.gain = row.squared ? 2 : 1;
    row.center = 0;
  }
}

}  // namespace long_row
}  // namespace SEMD_ISA
