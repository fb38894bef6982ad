// One long row of logits with a class index: the one-pass form of the ordered and the squared circular ground distance.
//
// The mass that crosses each boundary is summed up from both ends towards the block that holds the label, where the two sides
// meet: terms of one sign, so that nothing cancels. The same walk sums up the slopes. The circle walks each side once more,
// when the mean of what crosses is known (mathematics, "One fused pass for class indices").
#pragma once

#include "walk.h"

namespace SEMD_ISA {
namespace long_row {

// What is carried from block to block on one side of the label.
struct Side {
  double mass = 0;   // moved mass
  double slope = 0;  // sum of w_j times the moved mass
};

// Keeps only the elements in front of the label, or those behind it.
template <bool behind>
static inline void keep_side(Block& b, int begin, int label) {
  const Int places = add(first_places(), broadcast(int32_t{begin}));
  for (int c = 0; c < 4; c++) {
    const Int place = add(places, broadcast(int32_t{c})), own = broadcast(int32_t{label});
    b.v[c] = keep(behind ? less(own, place) : less(place, own), b.v[c]);
  }
}

template <bool unit, bool behind>
static inline Block weighted(const Block& b, const float* gap, int begin) {
  if constexpr (unit) return b;
  const Block w = gaps_of<unit>(gap, begin - (behind ? 1 : 0));
  Block q;
  for (int c = 0; c < 4; c++) q.v[c] = mul(w.v[c], b.v[c]);
  return q;
}

// The block that holds the label belongs to both sides, which have different bases: its a_i are stored whole, with a base of 0.
static inline void store_label_block(Row& row, int block, LocalSums<1>& front, LocalSums<1>& rear, const Side& before,
                                     const Side& after) {
  const int begin = block * kBlock;
  const Float front_all = broadcast(static_cast<float>(before.slope - front.base[0]));
  const Float rear_all = broadcast(static_cast<float>(after.slope - rear.base[0]));
  Block front_value, rear_value;
  for (int c = 0; c < 4; c++) {
    front_value.v[c] = sub(front.local.at[0].v[c], front_all);
    rear_value.v[c] = sub(rear.local.at[0].v[c], rear_all);
  }
  keep_side<false>(front_value, begin, row.label);
  keep_side<true>(rear_value, begin, row.label);
  for (int c = 0; c < 4; c++) front_value.v[c] = add(front_value.v[c], rear_value.v[c]);
  store_block(row.local + begin, front_value);
  row.base[block] = 0;
}

static inline void set_one_pass(Row& row, double sum) {
  row.center = sum / row.sum;
  row.emd = row.squared ? row.center / row.sum : row.center;
  row.gain = row.squared ? 2 / row.sum : 1;
}

// The mass that has crossed the boundaries of blocks of one side.
template <bool behind, bool holds_label, int n>
static inline Blocks<n> moved_mass(const Row& row, int first, Side& side) {
  Blocks<n> moved;
  for (int k = 0; k < n; k++) moved.at[k] = load_block(row.e + kth<behind>(first, k) * kBlock);
  if (holds_label) keep_side<behind>(moved.at[0], first * kBlock, row.label);
  running_sums<behind>(moved, side.mass);
  if (holds_label) keep_side<behind>(moved.at[0], first * kBlock, row.label);
  return moved;
}

// From moved mass to slopes, their sums, and E.
template <bool unit, bool behind, int n>
static inline LocalSums<n> sum_slopes(const Blocks<n>& moved, const float* gap, int first, Side& side, BlockTotal& emd) {
  LocalSums<n> sums;
  for (int k = 0; k < n; k++) {
    const int block = kth<behind>(first, k);
    sums.local.at[k] = weighted<unit, behind>(moved.at[k], gap, block * kBlock);
    add_products(emd.run, sums.local.at[k], moved.at[k]);
    emd.carry_after(block);
  }
  running_sums_before<behind>(sums.local, side.slope, sums.base);
  return sums;
}

// The blocks of one side, towards the label: the direction of its sums.
template <bool behind, class Take>
static inline void walk_side(const Row& row, int own, Take take) {
  behind ? walk_blocks<true>(row.blocks - 1, row.blocks - 1 - own, take) : walk_blocks<false>(0, own, take);
}

template <bool unit, bool behind>
static inline void ordered_side(Row& row, const float* gap, int own, Side& side, BlockTotal& emd) {
  walk_side<behind>(row, own, [&](auto count, int first) {
    const Blocks<count> moved = moved_mass<behind, false, count>(row, first, side);
    store_local<behind>(row, first, sum_slopes<unit, behind>(moved, gap, first, side, emd));
  });
  emd.carry();
}

template <bool unit>
static void ordered_one_pass(Row& row, const float* gap) {
  const int own = row.label / kBlock;
  Side before, after;
  BlockTotal emd;
  ordered_side<unit, false>(row, gap, own, before, emd);
  ordered_side<unit, true>(row, gap, own, after, emd);
  const Blocks<1> front_mass = moved_mass<false, true, 1>(row, own, before);
  const Blocks<1> rear_mass = moved_mass<true, true, 1>(row, own, after);
  LocalSums<1> front = sum_slopes<unit, false>(front_mass, gap, own, before, emd);
  LocalSums<1> rear = sum_slopes<unit, true>(rear_mass, gap, own, after, emd);
  store_label_block(row, own, front, rear, before, after);
  finish_bases(row, 0, own, before.slope);
  finish_bases(row, own + 1, row.blocks, after.slope);
  set_one_pass(row, emd.value());
}

template <bool unit, bool behind>
static inline void add_to_mean(BlockTotal& mean, const Block& moved, const float* gap, int block) {
  const Float sum = sum_of(weighted<unit, behind>(moved, gap, block * kBlock));
  mean.run = behind ? sub(mean.run, sum) : add(mean.run, sum);
}

template <bool unit, bool behind>
static inline void moved_side(Row& row, const float* gap, int own, Side& side, BlockTotal& mean) {
  walk_side<behind>(row, own, [&](auto count, int first) {
    const Blocks<count> moved = moved_mass<behind, false, count>(row, first, side);
    for (int k = 0; k < count; k++) {
      const int block = kth<behind>(first, k);
      store_block(row.local + block * kBlock, moved.at[k]);
      add_to_mean<unit, behind>(mean, moved.at[k], gap, block);
      mean.carry_after(block);
    }
  });
  mean.carry();
}

// The moved mass of a block, as stored, less its mean.
template <bool behind, bool holds_label>
static inline Block centered(const Row& row, int block, const Pair& mean) {
  const int begin = block * kBlock;
  Block x = load_block(row.local + begin);
  for (int c = 0; c < 4; c++) {
    x.v[c] = behind ? add(add(x.v[c], mean.high), mean.low) : sub(sub(x.v[c], mean.high), mean.low);
  }
  // Neither the boundary behind the last class nor the padding may count.
  const bool ends = begin + kBlock > row.classes;
  if (holds_label || ends) keep_side<behind>(x, begin, row.label);
  if (behind && ends) keep_side<false>(x, begin, row.classes);
  return x;
}

template <bool unit, bool behind>
static inline void centered_side(Row& row, const float* gap, int own, const Pair& mean, Side& side, BlockTotal& emd) {
  walk_side<behind>(row, own, [&](auto count, int first) {
    Blocks<count> x;
    for (int k = 0; k < count; k++) x.at[k] = centered<behind, false>(row, kth<behind>(first, k), mean);
    store_local<behind>(row, first, sum_slopes<unit, behind>(x, gap, first, side, emd));
  });
  emd.carry();
}

// As in columns/one_pass.h.
static void settle_mean(Row& row, const semd_ground& ground, double mean, double moved, double emd, double left_over) {
  if (!(std::fabs(moved * left_over) > semd::kUneven * emd)) {
    row.center += mean * left_over / row.sum;
    return;
  }
  const double tilt = left_over / ground.total_gap;
  for (int i = 0; i < row.classes; i++) {
    const int place = i % kBlock;
    row.local[i - place + offset_in_block(place)] -= static_cast<float>(tilt * ground.position_high[i]);
  }
  row.center += tilt * ground.position_high[row.label];
}

template <bool unit>
static void circular_one_pass(Row& row, const semd_ground& ground) {
  const float* gap = ground.gaps();
  const int own = row.label / kBlock;
  Side before, after;
  BlockTotal weighted_sum;
  moved_side<unit, false>(row, gap, own, before, weighted_sum);
  moved_side<unit, true>(row, gap, own, after, weighted_sum);
  const Block front_mass = moved_mass<false, true, 1>(row, own, before).at[0];
  const Block rear_mass = moved_mass<true, true, 1>(row, own, after).at[0];
  add_to_mean<unit, false>(weighted_sum, front_mass, gap, own);
  add_to_mean<unit, true>(weighted_sum, rear_mass, gap, own);
  Block both_masses;
  for (int c = 0; c < 4; c++) both_masses.v[c] = add(front_mass.v[c], rear_mass.v[c]);
  store_block(row.local + own * kBlock, both_masses);

  const double exact_mean = weighted_sum.value() / ground.total_gap;
  const Pair mean(exact_mean);
  BlockTotal emd;
  centered_side<unit, false>(row, gap, own, mean, before, emd);
  centered_side<unit, true>(row, gap, own, mean, after, emd);
  const Blocks<1> front_x = {{centered<false, true>(row, own, mean)}}, rear_x = {{centered<true, true>(row, own, mean)}};
  LocalSums<1> front = sum_slopes<unit, false>(front_x, gap, own, before, emd);
  LocalSums<1> rear = sum_slopes<unit, true>(rear_x, gap, own, after, emd);
  store_label_block(row, own, front, rear, before, after);
  finish_bases(row, 0, own, before.slope);
  finish_bases(row, own + 1, row.blocks, after.slope);
  const double closing = gap[row.classes - 1] * exact_mean;
  const double total = emd.value() + closing * exact_mean;
  set_one_pass(row, total);
  // If the mean were exact, the weighted differences from it would add up to 0.
  const double left_over = before.slope - after.slope - closing;
  settle_mean(row, ground, exact_mean, before.mass + after.mass, total, left_over);
}

}  // namespace long_row
}  // namespace SEMD_ISA
