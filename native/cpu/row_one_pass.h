// One long row of logits with a class index: the one-pass form of the ordered and the squared circular ground distance.
#pragma once

#include "row_blocks.h"

namespace SEMD_ISA {

// What goes from block to block on one side of the label.
struct Side {
  double mass = 0;   // moved mass
  double slope = 0;  // sum of w_j times the moved mass
};

template <bool unit>
static inline Block gaps_of(const float* gap, int place) {
  if constexpr (unit) return {};
  Block w = load_block(gap + place);
  transpose(w);
  return w;
}

// Elements in front of the label (behind it) alone.
template <bool behind>
static inline Block one_side(const Block& b, int begin, int label) {
  Block kept;
  const Int places = add(first_places(), broadcast(int32_t{begin}));
  for (int c = 0; c < 4; c++) {
    const Int place = add(places, broadcast(int32_t{c})), own = broadcast(int32_t{label});
    kept.v[c] = keep(behind ? less(own, place) : less(place, own), b.v[c]);
  }
  return kept;
}

template <bool unit, bool behind>
static inline Block weighted(const Block& b, const float* gap, int begin) {
  if constexpr (unit) return b;
  const Block w = gaps_of<unit>(gap, begin - (behind ? 1 : 0));
  Block q;
  for (int c = 0; c < 4; c++) q.v[c] = mul(w.v[c], b.v[c]);
  return q;
}

static inline void add_products(Float& sum, const Block& a, const Block& b) {
  const Float low = fma(a.v[0], b.v[0], mul(a.v[1], b.v[1])), high = fma(a.v[2], b.v[2], mul(a.v[3], b.v[3]));
  sum = add(sum, add(low, high));
}

// The block that holds the label has both sides: a_i is written out, the base is 0.
static inline void store_label_block(Row& row, int block, const Block& front, const Block& rear, const Side& before,
                                     const Side& after, double front_base, double rear_base) {
  const int begin = block * kBlock;
  Block a;
  const Float front_all = broadcast(static_cast<float>(before.slope - front_base));
  const Float rear_all = broadcast(static_cast<float>(after.slope - rear_base));
  Block front_value, rear_value;
  for (int c = 0; c < 4; c++) {
    front_value.v[c] = sub(front.v[c], front_all);
    rear_value.v[c] = sub(rear.v[c], rear_all);
  }
  front_value = one_side<false>(front_value, begin, row.label);
  rear_value = one_side<true>(rear_value, begin, row.label);
  for (int c = 0; c < 4; c++) a.v[c] = add(front_value.v[c], rear_value.v[c]);
  store_block(row.local + begin, a);
  row.base[block] = 0;
}

static inline void set_one_pass(Row& row, double sum) {
  row.center = sum / row.sum;
  row.emd = row.squared ? row.center / row.sum : row.center;
  row.gain = row.squared ? 2 / row.sum : 1;
}

template <bool unit, bool behind>
static inline Block ordered_block(Row& row, const float* gap, int block, bool holds_label, Side& side, BlockTotal& emd) {
  const int begin = block * kBlock;
  Block e = load_block(row.e + begin);
  if (holds_label) e = one_side<behind>(e, begin, row.label);
  Block moved = running_sum<behind>(e, side.mass);
  if (holds_label) moved = one_side<behind>(moved, begin, row.label);
  const Block slope = weighted<unit, behind>(moved, gap, begin);
  add_products(emd.run, slope, moved);
  return running_sum_before<behind>(slope, side.slope);
}

// After the sums of one side are known, a_i = (sum of the side - sum before the block) - local_i.
static inline void finish_side(Row& row, int begin, int end, double slope) {
  for (int block = begin; block < end; block++) row.base[block] = slope - row.base[block];
}

template <bool unit>
static void ordered_row(Row& row, const float* gap) {
  const int own = row.label / kBlock;
  Side before, after;
  BlockTotal emd;
  for (int block = 0; block < own; block++) {
    row.base[block] = before.slope;
    store_block(row.local + block * kBlock, ordered_block<unit, false>(row, gap, block, false, before, emd));
    emd.carry_after(block);
  }
  emd.carry();
  for (int block = row.blocks - 1; block > own; block--) {
    row.base[block] = after.slope;
    store_block(row.local + block * kBlock, ordered_block<unit, true>(row, gap, block, false, after, emd));
    emd.carry_after(block);
  }
  emd.carry();
  const double front_base = before.slope, rear_base = after.slope;
  const Block front = ordered_block<unit, false>(row, gap, own, true, before, emd);
  const Block rear = ordered_block<unit, true>(row, gap, own, true, after, emd);
  store_label_block(row, own, front, rear, before, after, front_base, rear_base);
  finish_side(row, 0, own, before.slope);
  finish_side(row, own + 1, row.blocks, after.slope);
  set_one_pass(row, emd.value());
}

template <bool unit, bool behind>
static inline Block moved_mass(Row& row, const float* gap, int block, bool holds_label, Side& side, BlockTotal& mean) {
  const int begin = block * kBlock;
  Block e = load_block(row.e + begin);
  if (holds_label) e = one_side<behind>(e, begin, row.label);
  Block moved = running_sum<behind>(e, side.mass);
  if (holds_label) moved = one_side<behind>(moved, begin, row.label);
  const Float sum = sum_of(weighted<unit, behind>(moved, gap, begin));
  mean.run = behind ? sub(mean.run, sum) : add(mean.run, sum);
  return moved;
}

template <bool unit, bool behind>
static inline Block centered_slopes(Row& row, const float* gap, int block, bool holds_label, const Pair& mean, Side& side,
                                    BlockTotal& emd) {
  const int begin = block * kBlock;
  Block x = load_block(row.local + begin);
  for (int c = 0; c < 4; c++) {
    x.v[c] = behind ? add(add(x.v[c], mean.high), mean.low) : sub(sub(x.v[c], mean.high), mean.low);
  }
  // Behind the last class nothing is left to count, and its padding must not count either.
  if (holds_label || begin + kBlock > row.classes) {
    x = one_side<behind>(x, begin, row.label);
    if (behind) x = one_side<false>(x, begin, row.classes);
  }
  const Block slope = weighted<unit, behind>(x, gap, begin);
  add_products(emd.run, slope, x);
  return running_sum_before<behind>(slope, side.slope);
}

template <bool unit>
static void circular_row(Row& row, const float* gap, double total_gap) {
  const int own = row.label / kBlock;
  Side before, after;
  BlockTotal weighted_sum;
  for (int block = 0; block < own; block++) {
    store_block(row.local + block * kBlock, moved_mass<unit, false>(row, gap, block, false, before, weighted_sum));
    weighted_sum.carry_after(block);
  }
  weighted_sum.carry();
  for (int block = row.blocks - 1; block > own; block--) {
    store_block(row.local + block * kBlock, moved_mass<unit, true>(row, gap, block, false, after, weighted_sum));
    weighted_sum.carry_after(block);
  }
  weighted_sum.carry();
  const Block front_mass = moved_mass<unit, false>(row, gap, own, true, before, weighted_sum);
  const Block rear_mass = moved_mass<unit, true>(row, gap, own, true, after, weighted_sum);
  Block both_masses;
  for (int c = 0; c < 4; c++) both_masses.v[c] = add(front_mass.v[c], rear_mass.v[c]);
  store_block(row.local + own * kBlock, both_masses);

  const double exact_mean = weighted_sum.value() / total_gap;
  const Pair mean(exact_mean);
  BlockTotal emd;
  for (int block = 0; block < own; block++) {
    row.base[block] = before.slope;
    const Block local = centered_slopes<unit, false>(row, gap, block, false, mean, before, emd);
    store_block(row.local + block * kBlock, local);
    emd.carry_after(block);
  }
  emd.carry();
  for (int block = row.blocks - 1; block > own; block--) {
    row.base[block] = after.slope;
    const Block local = centered_slopes<unit, true>(row, gap, block, false, mean, after, emd);
    store_block(row.local + block * kBlock, local);
    emd.carry_after(block);
  }
  emd.carry();
  const double front_base = before.slope, rear_base = after.slope;
  const Block front = centered_slopes<unit, false>(row, gap, own, true, mean, before, emd);
  const Block rear = centered_slopes<unit, true>(row, gap, own, true, mean, after, emd);
  store_label_block(row, own, front, rear, before, after, front_base, rear_base);
  finish_side(row, 0, own, before.slope);
  finish_side(row, own + 1, row.blocks, after.slope);
  const double closing = gap[row.classes - 1] * exact_mean;
  set_one_pass(row, emd.value() + closing * exact_mean);
  // Were the mean exact, the weighted differences from it would add up to 0. What is left of their sum shifts the
  // center, so that the gradient still adds up to 0.
  row.center += exact_mean * (before.slope - after.slope - closing) / row.sum;
}

}  // namespace SEMD_ISA
