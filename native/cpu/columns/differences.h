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

// What crosses the boundaries, in float64, for many classes. Over a long stretch next to nothing may cross, after much has come and
// gone, or nearly the same, of which a circle's mean or median leaves little; and there are as many such numbers as classes, in E of
// power 1, and in a_i, which from probabilities is the gradient (mathematics, section 13).
struct WideMoved {
  const Group& g;
  const Double share;
  const int start;  // of the running sums: class 0, as probabilities need not add up to 1
  Double all = zero_double();

  WideMoved(const Group& group, const semd_ground& ground, bool circular)
      : g(group),
        share(add(widen(g.mass_share), widen(g.mass_share_low))),
        start(circular ? ground.place_of(0) : 0) {
    if (start > 0) add_up();
  }
  SEMD_NEVER_INLINE void add_up() {
    for (int i = 0; i < g.classes; i++) all = add(all, excess_in(i));
  }
  Double excess_in(int i) const {
    const Double x = fma(widen(load(at(g.z, i))), share, sub(zero_double(), widen(target(g, i))));
    return g.z_low ? fma(widen(load(at(g.z_low, i))), share, x) : x;
  }
  void cross(int i, Double& moved) const {
    if (i == start) moved = sub(moved, all);
    moved = add(moved, excess_in(i));
  }
};

static void finish_circle(Group& group, SlopeSum& slopes, int start, bool logits) {
  slopes.finish(group, logits);
  if (!logits && start > 0) group.center = load(at(group.a, start));
}

// The line, and the circle of power 2.
static void wide_differences(Group& group, const semd_ground& ground, bool circular, bool logits) {
  const Group g = group;  // a copy that no store can alias
  const WideMoved wide(g, ground, circular);
  const int classes = g.classes;
  const float* gap = ground.gaps();
  Double moved = zero_double();
  if (circular) {
    Double weighted = zero_double();
    for (int i = 0; i < classes; i++) {
      wide.cross(i, moved);
      weighted = fma(broadcast(double{gap[i]}), moved, weighted);
    }
    moved = mul(weighted, broadcast(-1.0 / ground.total_gap));
  }
  const bool closed = circular && ground.closes_wide;
  Total emd;
  SlopeSum slopes;
  ascend(
      closed ? classes - 1 : classes,
      [&](int i) {
        wide.cross(i, moved);
        const Float x = narrow(moved), slope = mul(broadcast(gap[i]), g.squared ? x : sign(x));
        emd.run = fma(slope, x, emd.run);
        slopes.take(g, i, slope);
      },
      [&] {
        emd.next_run();
        slopes.next_run();
      });
  if (closed) slopes.close(g, classes - 1, gap[classes - 1], emd);
  group.emd = emd.value();
  finish_circle(group, slopes, wide.start, logits);
}

// As a call: its copies would be large, and next to a median it costs nothing.
static SEMD_NEVER_INLINE void cross_by_call(const WideMoved& wide, int i, Double& moved) { wide.cross(i, moved); }

// The circle of power 1. Signs are those of float32 numbers, of which those that are equal stay equal.
static void wide_median_differences(Group& group, const semd_ground& ground, bool logits) {
  const Group g = group;  // a copy that no store can alias
  const WideMoved wide(g, ground, true);
  const int classes = g.classes;
  const float* gap = ground.gaps();
  Double moved = zero_double();
  for (int i = 0; i < classes; i++) {
    cross_by_call(wide, i, moved);
    store(at(g.b, i), narrow(moved));
  }
  Float median;
  Int boundary;
  medians(g, ground, median, boundary);
  Double exact_median = zero_double();
  moved = zero_double();
  for (int i = 0; i < classes; i++) {
    cross_by_call(wide, i, moved);
    exact_median = select(equal(boundary, broadcast(int32_t{i})), moved, exact_median);
  }
  // What rounds to the same number as the median may be on either side of it, and there may be many: E is a minimum, which lies where
  // its tangents on both sides meet.
  Double low = mul(widen(abs(median)), broadcast(-0x1p-22)), high = sub(zero_double(), low);
  for (double left = ground.total_gap; left > 16; left /= 2) {
    const Double middle = mul(add(low, high), broadcast(0.5));
    Double sides = zero_double();
    moved = sub(zero_double(), add(exact_median, middle));
    for (int i = 0; i < classes; i++) {
      cross_by_call(wide, i, moved);
      sides = fma(broadcast(double{gap[i]}), sign(moved), sides);
    }
    const Mask above = less(zero(), narrow(sides));
    low = select(above, middle, low);
    high = select(above, high, middle);
  }
  const Double width = sub(high, low);
  const auto slope_at = [&](int i) { return mul(broadcast(gap[i]), sign(sub(load(at(g.b, i)), median))); };
  Total rest;  // the boundary itself adds 0
  ascend(classes, [&](int i) { rest.run = add(rest.run, slope_at(i)); }, [&] { rest.next_run(); });
  const Float balance = sub(zero(), rest.value());
  moved = sub(zero_double(), add(exact_median, low));
  Total cost[2], sides[2];
  SlopeSum slopes;
  ascend(
      classes,
      [&](int i) {
        cross_by_call(wide, i, moved);
        const Float w = broadcast(gap[i]), x[2] = {narrow(moved), narrow(sub(moved, width))};
        for (int side = 0; side < 2; side++) {
          cost[side].run = fma(w, abs(x[side]), cost[side].run);
          sides[side].run = fma(w, sign(x[side]), sides[side].run);
        }
        slopes.take(g, i, select(equal(boundary, broadcast(int32_t{i})), balance, slope_at(i)));
      },
      [&] {
        for (int side = 0; side < 2; side++) {
          cost[side].next_run();
          sides[side].next_run();
        }
        slopes.next_run();
      });
  const Double up = sides[0].wide(), down = sides[1].wide(), between = sub(up, down);
  const Double met = div(sub(mul(up, fma(down, width, cost[1].wide())), mul(down, cost[0].wide())), between);
  // Where the minimum lies at an end, rounding decides on which side of it.
  const Mask is_inside = less(narrow(mul(up, down)), zero());
  group.emd = select(is_inside, narrow(met), min(cost[0].value(), cost[1].value()));
  finish_circle(group, slopes, wide.start, logits);
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
  finish_circle(group, slopes, start, logits);
}

}  // namespace wide
}  // namespace SEMD_ISA
