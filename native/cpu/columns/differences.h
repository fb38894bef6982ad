// Rows side by side: CDF differences on the line and the circle, for distributions and for probabilities.
//
// E = sum w_j |x_j|^rho, where x_j is the running sum of S p_i - t_i up to boundary j. The ascent that adds up E also adds up
// the slopes q_j = w_j sign(x_j) |x_j|^(rho - 1); a_i is their sum before class i. On the circle the weighted mean (power 2) or
// median (power 1) is subtracted from x first, which takes a pass of its own.
#pragma once

#include "predictions.h"
#include "median.h"

namespace SEMD_ISA {
namespace wide {

// From the slopes q_j to a_i, the sum of those before i, and to the factors: g_i = rho (sum of all - a_i).
struct SlopeSum {
  Carry before;
  Total dot;  // sum p_i a_i
  void take(const Group& g, int i, Float slope) {
    const Float a = before.value();
    store(at(g.a, i), a);
    dot.run = fma(probability(g, i), a, dot.run);
    before.run = add(before.run, slope);
  }
  void next_run() {
    before.next_run();
    dot.next_run();
  }
  // The last boundary of a circle, from the others' slopes.
  void close(const Group& g, int i, float gap, Total& emd) {
    const Float others = before.value();
    emd.run = fma(mul(others, broadcast(1 / gap)), others, emd.run);
    take(g, i, sub(zero(), others));
    before = Carry{};
  }
  void finish(Group& g, bool logits) {
    g.gain = broadcast(g.squared ? -2.0f : -1.0f);
    g.center = logits ? dot.value() : before.value();
  }
};

static void ordered_differences(Group& group, const semd_ground& ground, bool logits) {
  const Group g = group;  // a copy that no store can alias
  const float* gap = ground.gaps();
  Carry delta;
  Total emd;
  SlopeSum slopes;
  ascend(
      g.classes,
      [&](int i) {
        delta.run = add(delta.run, excess(g, i));
        const Float x = delta.value(), w = broadcast(gap[i]);
        const Float slope = mul(w, g.squared ? x : sign(x));
        emd.run = fma(slope, x, emd.run);
        slopes.take(g, i, slope);
      },
      [&] {
        delta.next_run();
        emd.next_run();
        slopes.next_run();
      });
  group.emd = emd.value();
  slopes.finish(group, logits);
}

// The weighted median of each lane's values in b[], and the boundary that attains it.
static void medians(const Group& g, const semd_ground& ground, Float& median, Int& boundary) {
  alignas(64) float value[kLanes] = {};
  alignas(64) int32_t index[kLanes] = {};
  for (int lane = 0; lane < g.used; lane++) {
    index[lane] = semd::weighted_median(g.b + lane, kLanes, ground.gaps(), g.classes, reinterpret_cast<int32_t*>(g.a));
    value[lane] = g.b[static_cast<int64_t>(index[lane]) * kLanes + lane];
  }
  median = load(value);
  boundary = load(index);
}

static Float total_excess(const Group& g) {
  Total all;
  ascend(g.classes, [&](int i) { all.run = add(all.run, excess(g, i)); }, [&] { all.next_run(); });
  return all.value();
}

// Power 2. Where nearly the same crosses every boundary, little of it is left beside the mean, and a_i adds up as many such differences
// as there are classes. From logits p_i makes up for that; from probabilities nothing does, so that sums are in float64.
static void circular_differences_of_probabilities(Group& group, const semd_ground& ground) {
  const Group g = group;  // a copy that no store can alias
  const int classes = g.classes;
  const float* gap = ground.gaps();
  // Running sums start at class 0, as probabilities need not add up to 1.
  const int start = ground.place_of(0);
  const Double share = add(widen(g.mass_share), widen(g.mass_share_low));
  const auto excess_in = [&](int i) { return fma(widen(load(at(g.z, i))), share, sub(zero_double(), widen(target(g, i)))); };
  Double all = zero_double();
  for (int i = 0; start > 0 && i < classes; i++) all = add(all, excess_in(i));
  const auto cross = [&](int i, Double& moved) {
    if (i == start) moved = sub(moved, all);
    moved = add(moved, excess_in(i));
  };
  Double moved = zero_double(), weighted = zero_double();
  for (int i = 0; i < classes; i++) {
    cross(i, moved);
    weighted = fma(broadcast(double{gap[i]}), moved, weighted);
  }
  moved = mul(weighted, broadcast(-1.0 / ground.total_gap));
  const bool closed = ground.closes_wide;
  Total emd;
  SlopeSum slopes;
  ascend(
      closed ? classes - 1 : classes,
      [&](int i) {
        cross(i, moved);
        const Float x = narrow(moved), slope = mul(broadcast(gap[i]), x);
        emd.run = fma(slope, x, emd.run);
        slopes.take(g, i, slope);
      },
      [&] {
        emd.next_run();
        slopes.next_run();
      });
  if (closed) slopes.close(g, classes - 1, gap[classes - 1], emd);
  group.emd = emd.value();
  slopes.finish(group, false);
  if (start > 0) group.center = load(at(g.a, start));
}

static void circular_differences(Group& group, const semd_ground& ground, bool logits) {
  const Group g = group;  // a copy that no store can alias
  const int classes = g.classes;
  const float* gap = ground.gaps();
  // Running sums start at class 0, as probabilities need not add up to 1.
  const int start = ground.place_of(0);
  const Float all = start > 0 ? total_excess(g) : zero();
  Carry delta;
  Total weighted;
  ascend(
      classes,
      [&](int i) {
        if (i == start) delta.run = sub(delta.run, all);
        delta.run = add(delta.run, excess(g, i));
        store(at(g.b, i), delta.value());
        weighted.run = fma(broadcast(gap[i]), delta.value(), weighted.run);
      },
      [&] {
        delta.next_run();
        weighted.next_run();
      });
  Float center = mul(weighted.value(), broadcast(static_cast<float>(1.0 / ground.total_gap)));
  Int boundary = broadcast(int32_t{-1});
  Float balance = zero();
  if (!g.squared) {
    medians(g, ground, center, boundary);
    Total rest;
    ascend(
        classes,
        [&](int i) {
          const Float slope = mul(broadcast(gap[i]), sign(sub(load(at(g.b, i)), center)));
          rest.run = add(rest.run, slope);  // the boundary itself adds 0
        },
        [&] { rest.next_run(); });
    balance = sub(zero(), rest.value());
  }
  // All slopes add up to 0, so that of a wide gap follows from the others.
  const bool closed = g.squared && ground.closes_wide;
  Total emd;
  SlopeSum slopes;
  ascend(
      closed ? classes - 1 : classes,
      [&](int i) {
        const Float x = sub(load(at(g.b, i)), center), w = broadcast(gap[i]);
        const Float slope = mul(w, g.squared ? x : sign(x));
        emd.run = fma(slope, x, emd.run);
        slopes.take(g, i, select(equal(boundary, broadcast(int32_t{i})), balance, slope));
      },
      [&] {
        emd.next_run();
        slopes.next_run();
      });
  if (closed) slopes.close(g, classes - 1, gap[classes - 1], emd);
  group.emd = emd.value();
  slopes.finish(group, logits);
  if (!logits && start > 0) group.center = load(at(g.a, start));
}

}  // namespace wide
}  // namespace SEMD_ISA
