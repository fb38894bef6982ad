// One long row: CDF differences on the line and the circle, for distributions and for probabilities.
#pragma once

#include "row_one_pass.h"

namespace SEMD_ISA {

// e_i share - t_i of a block, which may cancel.
static inline Block excess(const Row& row, int begin, const Block& e, const Pair& share, const Block& t) {
  Block x;
  for (int c = 0; c < 4; c++) x.v[c] = fma(e.v[c], share.low, exact_fma(e.v[c], share.high, sub(zero(), t.v[c])));
  if (!row.e_low) return x;
  const Block low = load_block(row.e_low + begin);
  for (int c = 0; c < 4; c++) x.v[c] = fma(low.v[c], share.high, x.v[c]);
  return x;
}

// Cumulated p - t of a block.
static inline Block differences(const Row& row, int block, const Pair& inverse_sum, double& carry) {
  const int begin = block * kBlock;
  const Block e = load_block(row.e + begin);
  Block t;
  if (row.t) {
    t = load_block(row.t + begin, row.classes - begin, 0.0f);
    transpose(t);
  } else {
    const Int places = add(first_places(), broadcast(int32_t{begin - row.label}));
    for (int c = 0; c < 4; c++) t.v[c] = keep(equal(places, broadcast(int32_t{-c})), broadcast(1.0f));
  }
  return running_sum<false>(excess(row, begin, e, inverse_sum, t), carry);
}

// From the slopes of a block's boundaries to local_i, and to the sum of p_i times the sum of the slopes before i.
static inline void take_slopes(Row& row, int block, const Block& slope, double& carry, BlockTotal& dot) {
  const int begin = block * kBlock;
  row.base[block] = carry;
  const Float base = broadcast(static_cast<float>(carry));
  const Block local = running_sum_before<false>(slope, carry), e = load_block(row.e + begin);
  store_block(row.local + begin, local);
  Block value;
  for (int c = 0; c < 4; c++) value.v[c] = add(local.v[c], base);
  add_products(dot.run, e, value);
  dot.carry_after(block);
}

// g_i = rho (sum of all slopes - sum of those before i)
static inline void finish_slopes(Row& row, double emd, double slopes, double dot, bool logits) {
  finish_side(row, 0, row.blocks, slopes);
  row.emd = emd;
  row.gain = row.squared ? 2 : 1;
  row.center = logits ? slopes - dot / row.sum : 0;
}

static void ordered_differences_row(Row& row, const float* gap, bool logits) {
  const Pair inverse_sum(1 / row.sum);
  double carry = 0, slopes = 0;
  BlockTotal emd, dot;
  for (int block = 0; block < row.blocks; block++) {
    const Block x = differences(row, block, inverse_sum, carry), w = gaps_of<false>(gap, block * kBlock);
    Block slope;
    for (int c = 0; c < 4; c++) slope.v[c] = mul(w.v[c], row.squared ? x.v[c] : sign(x.v[c]));
    add_products(emd.run, slope, x);
    emd.carry_after(block);
    take_slopes(row, block, slope, slopes, dot);
  }
  finish_slopes(row, emd.value(), slopes, dot.value(), logits);
}

static void circular_differences_row(Row& row, const float* gap, double total_gap, bool logits) {
  const Pair inverse_sum(1 / row.sum);
  double carry = 0, slopes = 0;
  BlockTotal weighted_sum, emd, dot;
  for (int block = 0; block < row.blocks; block++) {
    const Block x = differences(row, block, inverse_sum, carry), w = gaps_of<false>(gap, block * kBlock);
    store_block(row.local + block * kBlock, x);
    add_products(weighted_sum.run, w, x);
    weighted_sum.carry_after(block);
  }
  const Float mean = broadcast(static_cast<float>(weighted_sum.value() / total_gap));
  for (int block = 0; block < row.blocks; block++) {
    Block x = load_block(row.local + block * kBlock), slope;
    const Block w = gaps_of<false>(gap, block * kBlock);
    for (int c = 0; c < 4; c++) {
      x.v[c] = sub(x.v[c], mean);
      slope.v[c] = mul(w.v[c], x.v[c]);
    }
    add_products(emd.run, slope, x);
    emd.carry_after(block);
    take_slopes(row, block, slope, slopes, dot);
  }
  finish_slopes(row, emd.value(), slopes, dot.value(), logits);
}

}  // namespace SEMD_ISA
