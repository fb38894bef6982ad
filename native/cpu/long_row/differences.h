// One long row: CDF differences on the line and the circle, for distributions and for probabilities.
//
// E = sum w_j |x_j|^rho, where x_j is the running sum of S p_i - t_i up to boundary j. Both running sums, x and that of the
// slopes, are formed inside transposed blocks and carried from block to block in float64. The circle takes two walks: the
// first finds the mean of the differences, and the second subtracts it (mathematics, "Ordered" and "Circular, power 2").
//
// `wide` ones serve what takes_wide_sums() says: what is in front of a block is then a sum of float64 numbers, as over a long stretch
// next to nothing may cross, after much has come and gone.
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
  const Block e = load_block(row.e + begin);
  Block t;
  if (row.t) {
    t = load_block(row.t + begin, row.classes - begin, 0.0f);
    transpose(t);
  } else {
    const Int places = add(first_places(), broadcast(int32_t{begin - row.label}));
    for (int c = 0; c < 4; c++) t.v[c] = keep(equal(places, broadcast(int32_t{-c})), broadcast(1.0f));
  }
  return excess(row, begin, e, share, t);
}

// The sum of S p_i - t_i over a block; `share` is S over the sum of the exponentials.
static inline double wide_surplus(const Row& row, int block, double share) {
  const int begin = block * kBlock;
  const Double factor = broadcast(share);
  Double sums[4];
  for (int c = 0; c < 4; c++) {
    const int place = begin + c * kLanes;
    sums[c] = mul(widen(load(row.e + place)), factor);
    if (row.e_low) sums[c] = fma(widen(load(row.e_low + place)), factor, sums[c]);
  }
  double target = row.label / kBlock == block && !row.t ? 1 : 0;
  if (row.t) {
    const Block t = load_block(row.t + begin, row.classes - begin, 0.0f);
    for (int c = 0; c < 4; c++) sums[c] = sub(sums[c], widen(t.v[c]));
  }
  return sum(add(add(sums[0], sums[1]), add(sums[2], sums[3]))) - target;
}

// What is S p - t, in the parts that its forms take.
struct Share {
  double whole;
  Pair parts;
  explicit Share(const Row& row) : whole(row.target_mass / row.sum), parts(whole) {}
};

// The running sums of S p - t over n blocks.
template <bool wide, int n>
static inline Blocks<n> differences(const Row& row, int first, const Share& share, double& carry) {
  Blocks<n> x;
  for (int k = 0; k < n; k++) x.at[k] = surplus(row, first + k, share.parts);
  if constexpr (wide) {
    double before[n];
    for (int k = 0; k < n; k++) {
      before[k] = carry;
      carry += wide_surplus(row, first + k, share.whole);
    }
    running_sums_from(x, before);
  } else {
    running_sums<false>(x, carry);
  }
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
static inline void finish_slopes(Row& row, double emd, double slopes, double dot, bool logits) {
  finish_bases(row, 0, row.blocks, slopes);
  row.emd = row.squared ? emd / row.target_mass / row.target_mass : emd / row.target_mass;
  row.gain = row.squared ? 2 / row.target_mass : 1;
  row.center = logits ? slopes - dot / row.sum : 0;
}

template <bool wide>
static void ordered_differences(Row& row, const float* gap, bool logits) {
  const Share share(row);
  double carry = 0, slopes = 0;
  BlockTotal emd, dot;
  walk_blocks<false>(0, row.blocks, [&](auto count, int first) {
    const Blocks<count> x = differences<wide, count>(row, first, share, carry);
    Blocks<count> slope;
    for (int k = 0; k < count; k++) {
      const Block w = gaps_of<false>(gap, (first + k) * kBlock);
      for (int c = 0; c < 4; c++) {
        slope.at[k].v[c] = mul(w.v[c], !wide || row.squared ? x.at[k].v[c] : sign(x.at[k].v[c]));
      }
      add_products(emd.run, slope.at[k], x.at[k]);
      emd.carry_after(first + k);
    }
    take_slopes(row, first, slope, slopes, dot);
  });
  finish_slopes(row, emd.value(), slopes, dot.value(), logits);
}

static void circular_differences(Row& row, const float* gap, double total_gap) {
  const Share share(row);
  double carry = 0, slopes = 0;
  BlockTotal weighted_sum, emd, dot;
  walk_blocks<false>(0, row.blocks, [&](auto count, int first) {
    const Blocks<count> x = differences<false, count>(row, first, share, carry);
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
  finish_slopes(row, emd.value(), slopes, dot.value(), true);
}

// From probabilities. The mean is in float64, too, and comes off before what crosses is rounded.
static void wide_circular_differences(Row& row, const float* gap, double total_gap) {
  const Share share(row);
  double carry = 0, slopes = 0;
  Double weighted[4] = {zero_double(), zero_double(), zero_double(), zero_double()};
  walk_blocks<false>(0, row.blocks, [&](auto count, int first) {
    double before[count] = {}, nothing[count] = {};
    Blocks<count> x;
    for (int k = 0; k < count; k++) {
      x.at[k] = surplus(row, first + k, share.parts);
      before[k] = carry;
      carry += wide_surplus(row, first + k, share.whole);
    }
    running_sums_from(x, nothing);
    for (int k = 0; k < count; k++) {
      const Block w = gaps_of<false>(gap, (first + k) * kBlock);
      for (int c = 0; c < 4; c++) {
        weighted[c] = fma(widen(w.v[c]), add(widen(x.at[k].v[c]), broadcast(before[k])), weighted[c]);
      }
    }
  });
  carry = -sum(add(add(weighted[0], weighted[1]), add(weighted[2], weighted[3]))) / total_gap;
  BlockTotal emd, dot;
  walk_blocks<false>(0, row.blocks, [&](auto count, int first) {
    const Blocks<count> x = differences<true, count>(row, first, share, carry);
    Blocks<count> slope;
    for (int k = 0; k < count; k++) {
      const Block w = gaps_of<false>(gap, (first + k) * kBlock);
      for (int c = 0; c < 4; c++) slope.at[k].v[c] = mul(w.v[c], x.at[k].v[c]);
      add_products(emd.run, slope.at[k], x.at[k]);
      emd.carry_after(first + k);
    }
    take_slopes(row, first, slope, slopes, dot);
  });
  finish_slopes(row, emd.value(), slopes, dot.value(), false);
}

}  // namespace long_row
}  // namespace SEMD_ISA
