// Rows side by side, logits and class indices: the one-pass form of the ordered and the squared circular ground distance.
//
// All mass moves towards the label k, so what crosses a boundary is the mass beyond it as seen from k: sums of exponentials from
// both ends towards k, all of one sign, in which nothing cancels. One ascent and one descent give E and the slopes; the circle
// takes two more, in which the mean of what crosses is subtracted (mathematics, "One fused pass for class indices").
#pragma once

#include "predictions.h"

namespace SEMD_ISA {
namespace wide {

// The moved masses, in units of exponentials, are P_i for i < k, T_{i-1} for i > k, and 0 at k. Leaves T_{i-1} in b[i], and in
// a[i] the sum of w_j P_j over i <= j < k.
static void ordered_one_pass(Group& group, const float* gap) {
  const Group g = group;  // a copy that no store can alias
  const int classes = g.classes;
  Carry left;
  Total emd;
  ascend(
      classes,
      [&](int i) {
        const Mask before = less(broadcast(int32_t{i}), g.label);
        left.run = add_where(before, left.run, load(at(g.z, i)));
        const Float moved = keep(before, left.value());
        store(at(g.a, i), moved);
        emd.run = fma(mul(broadcast(gap[i]), moved), moved, emd.run);
      },
      [&] {
        left.next_run();
        emd.next_run();
      });
  Carry right, toward;
  descend(
      classes,
      [&](int i) {
        const Mask after = less(g.label, broadcast(int32_t{i}));
        right.run = add_where(after, right.run, load(at(g.z, i)));
        const Float moved = keep(after, right.value());
        store(at(g.b, i), moved);
        emd.run = fma(mul(broadcast(gap[i - 1]), moved), moved, emd.run);
        toward.run = fma(broadcast(gap[i]), load(at(g.a, i)), toward.run);
        store(at(g.a, i), toward.value());
      },
      [&] {
        right.next_run();
        toward.next_run();
        emd.next_run();
      });
  set_one_pass(group, emd.value());
}

// a_i of the ordered form, in ascending order of i: what ordered_one_pass left in a[i], plus the sum of w_j T_j over k <= j < i.
struct OrderedGain {
  const Group g;
  const float* gap;
  Carry away;
  Float operator()(int i) {
    away.run = fma(broadcast(gap[i - 1]), load(at(g.b, i)), away.run);
    return add(load(at(g.a, i)), away.value());
  }
  void next_run() { away.next_run(); }
};

// a_i that a ground distance left in a[].
struct StoredGain {
  const Group g;
  Float operator()(int i) { return load(at(g.a, i)); }
  void next_run() {}
};

// The mean of what crosses a circle is off by minus `left_over` over the circle's length, and so is each of the differences that a_i
// adds up from the label on. Where nearly the same crosses nearly every boundary that is more than the differences leave of it, and is
// made good. Elsewhere `left_over` shifts the center, so that the gradient still adds up to 0.
static void settle_mean(Group& group, const semd_ground& ground, Float average, Float moved, Float emd, Double left_over) {
  const Mask matters = less(mul(broadcast(semd::kUneven), emd), abs(mul(moved, narrow(left_over))));
  const Float shift = select(matters, zero(), mul(average, narrow(left_over)));
  group.center = fma(shift, group.inverse_sum, group.center);
  const Float tilt = keep(matters, narrow(mul(left_over, broadcast(1.0 / ground.total_gap))));
  alignas(64) float of_lane[kLanes];
  store(of_lane, tilt);
  bool none = true;
  for (const float one : of_lane) none = none && one == 0;
  if (none) return;
  const float* position = ground.position_high.data();
  Float own = zero();
  for (int i = 0; i < group.classes; i++) {
    const Float here = broadcast(position[i]);
    store(at(group.a, i), fma(tilt, here, load(at(group.a, i))));
    own = select(less(group.label, broadcast(int32_t{i})), own, here);
  }
  group.center = fma(tilt, own, group.center);
}

// The squared circular form: the moved masses of the line less their mean, and the closing boundary, which nothing crosses.
static void circular_one_pass(Group& group, const semd_ground& ground) {
  const Group g = group;  // a copy that no store can alias
  const int classes = g.classes;
  const float* gap = ground.gaps();
  Carry left;
  Total mean;
  ascend(
      classes,
      [&](int i) {
        const Mask before = less(broadcast(int32_t{i}), g.label);
        left.run = add_where(before, left.run, load(at(g.z, i)));
        const Float moved = keep(before, left.value());
        store(at(g.b, i), moved);
        mean.run = fma(broadcast(gap[i]), moved, mean.run);
      },
      [&] {
        left.next_run();
        mean.next_run();
      });
  Carry right;
  descend(
      classes,
      [&](int i) {
        const Mask after = less(g.label, broadcast(int32_t{i}));
        right.run = add_where(after, right.run, load(at(g.z, i)));
        const Float moved = keep(after, right.value());
        store(at(g.b, i), add(load(at(g.b, i)), moved));
        mean.run = fnma(broadcast(gap[i - 1]), moved, mean.run);
      },
      [&] {
        right.next_run();
        mean.next_run();
      });
  const Double wide_average = mul(mean.wide(), broadcast(1.0 / ground.total_gap));
  const Float average = narrow(wide_average), average_low = narrow(sub(wide_average, widen(average)));
  Total emd;
  Carry toward;
  descend(
      classes,
      [&](int i) {
        const Float x = keep(less(broadcast(int32_t{i}), g.label), sub(sub(load(at(g.b, i)), average), average_low));
        const Float wx = mul(broadcast(gap[i]), x);
        emd.run = fma(wx, x, emd.run);
        toward.run = add(toward.run, wx);
        store(at(g.a, i), toward.value());
      },
      [&] {
        toward.next_run();
        emd.next_run();
      });
  Carry away;
  ascend(
      classes,
      [&](int i) {
        const Float x = keep(less(g.label, broadcast(int32_t{i})), add(add(load(at(g.b, i)), average), average_low));
        const Float wx = mul(broadcast(gap[i - 1]), x);
        emd.run = fma(wx, x, emd.run);
        away.run = add(away.run, wx);
        store(at(g.a, i), add(load(at(g.a, i)), away.value()));
      },
      [&] {
        away.next_run();
        emd.next_run();
      });
  const Float closing = mul(broadcast(gap[classes - 1]), average);
  emd.run = fma(closing, average, emd.run);
  set_one_pass(group, emd.value());
  // If the mean were exact, the weighted differences from it would add up to 0.
  const Double left_over = sub(sub(toward.wide(), away.wide()), widen(closing));
  settle_mean(group, ground, average, add(left.value(), right.value()), emd.value(), left_over);
}

}  // namespace wide
}  // namespace SEMD_ISA
