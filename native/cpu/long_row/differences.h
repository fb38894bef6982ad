// One long row: CDF differences on the line and the circle of power 2, for distributions from logits.
//
// E = sum w_j x_j^2, where x_j is the running sum of S p_i - t_i up to boundary j. Both running sums, x and that of the
// slopes, are formed inside transposed blocks and carried from block to block in float64. The circle takes two walks: the
// first stores the differences, and the second subtracts their mean (mathematics, "Ordered" and "Circular, power 2").
#pragma once

#include "walk.h"

namespace SEMD_ISA {
namespace long_row {

// e_i share - t_i of a block, which may cancel.
static inline Block excess(const Row& row, int begin, const Block& e, const Pair& share, const Block& t) {
  Block x;
  for (int c = 0; c < 4; c++) x.v[c] = fma(e.v[c], share.low, exact_fma(e.v[c], share.high, sub(zero(), t.v[c])));
  if (!row.e_low) return x;
  const Block low = load_block(row.e_low + begin);
  for (int c = 0; c < 4; c++) x.v[c] = fma(low.v[c], share.high, x.v[c]);
  return x;
}

// S p_i - t_i of a block.
static inline Block surplus(const Row& row, int block, const Pair& share) {
  const int begin = block * kBlock;
  Block t = load_block(row.t + begin, row.classes - begin, 0.0f);
  transpose(t);
  return excess(row, begin, load_block(row.e + begin), share, t);
}

// The running sums of S p - t over n blocks.
template <int n>
static inline Blocks<n> differences(const Row& row, int first, const Pair& share, double& carry) {
  Blocks<n> x;
  for (int k = 0; k < n; k++) x.at[k] = surplus(row, first + k, share);
  running_sums<false>(x, carry);
  return x;
}

// From the slopes at the boundaries of n blocks to local_i, and to the sum of p_i times the slopes before i.
template <int n>
static inline void take_slopes(Row& row, int first, const Blocks<n>& slope, double& carry, BlockTotal& dot) {
  LocalSums<n> sums = {slope, {}};
  running_sums_before<false>(sums.local, carry, sums.base);
  store_local<false>(row, first, sums);
  for (int k = 0; k < n; k++) {
    const Float base = broadcast(static_cast<float>(sums.base[k]));
    Block& value = sums.local.at[k];
    for (int c = 0; c < 4; c++) value.v[c] = add(value.v[c], base);
    add_products(dot.run, load_block(row.e + (first + k) * kBlock), value);
    dot.carry_after(first + k);
  }
}

// g_i = rho (sum of all slopes - sum of those before i), for a target whose sum is 1.
static inline void finish_slopes(Row& row, double emd, double slopes, double dot) {
  finish_bases(row, 0, row.blocks, slopes);
  row.emd = emd / row.target_mass / row.target_mass;
  row.gain = 2 / row.target_mass;
  row.center = slopes - dot / row.sum;
}

static void ordered_differences(Row& row, const float* gap) {
  const Pair share(row.target_mass / row.sum);
  double carry = 0, slopes = 0;
  BlockTotal emd, dot;
  walk_blocks<false>(0, row.blocks, [&](auto count, int first) {
    const Blocks<count> x = differences<count>(row, first, share, carry);
    Blocks<count> slope;
    for (int k = 0; k < count; k++) {
      const Block w = gaps_of<false>(gap, (first + k) * kBlock);
      for (int c = 0; c < 4; c++) slope.at[k].v[c] = mul(w.v[c], x.at[k].v[c]);
      add_products(emd.run, slope.at[k], x.at[k]);
      emd.carry_after(first + k);
    }
    take_slopes(row, first, slope, slopes, dot);
  });
  finish_slopes(row, emd.value(), slopes, dot.value());
}

static void circular_differences(Row& row, const float* gap, double total_gap) {
  const Pair share(row.target_mass / row.sum);
  double carry = 0, slopes = 0;
  BlockTotal weighted_sum, emd, dot;
  walk_blocks<false>(0, row.blocks, [&](auto count, int first) {
    const Blocks<count> x = differences<count>(row, first, share, carry);
    for (int k = 0; k < count; k++) {
      const int block = first + k;
      store_block(row.local + block * kBlock, x.at[k]);
      add_products(weighted_sum.run, gaps_of<false>(gap, block * kBlock), x.at[k]);
      weighted_sum.carry_after(block);
    }
  });
  const Float mean = broadcast(static_cast<float>(weighted_sum.value() / total_gap));
  walk_blocks<false>(0, row.blocks, [&](auto count, int first) {
    Blocks<count> slope;
    for (int k = 0; k < count; k++) {
      const int block = first + k;
      Block x = load_block(row.local + block * kBlock);
      const Block w = gaps_of<false>(gap, block * kBlock);
      for (int c = 0; c < 4; c++) {
        x.v[c] = sub(x.v[c], mean);
        slope.at[k].v[c] = mul(w.v[c], x.v[c]);
      }
      add_products(emd.run, slope.at[k], x);
      emd.carry_after(block);
    }
    take_slopes(row, first, slope, slopes, dot);
  });
  finish_slopes(row, emd.value(), slopes, dot.value());
}

}  // namespace long_row
}  // namespace SEMD_ISA
