// Rows side by side: lane l of every vector belongs to row l of a group, so that sums over classes are plain vertical
// additions and no lane waits for another. Serves every problem with few classes, every tree, and every problem whose
// classes are not contiguous (`inner` > 1), where the lanes are pixels.
//
// A group's state is a struct of vectors plus a few arrays [classes][kLanes] of scratch. The ground distance leaves in it
// a value a_i per class and two numbers such that
//   from logits         dE/dz_i = p_i gain (a_i - center)
//   from probabilities  dE/dp_i = gain (a_i - center)
// The difference is taken before anything else is multiplied in: it may cancel.
#pragma once

#include <cmath>

#include "../squared_emd.h"
#include "ground.h"
#include "kernels.h"
#include "median.h"
#include "simd/wide.h"

namespace SEMD_ISA {
namespace wide {

using semd::Sums;
using semd::Task;

// Longest running sum in float32 before it is carried over to float64. Equal terms, of a row of equal logits, round the
// same way every time: 64 of them miss the promised accuracy, 16 reach half of it.
constexpr int kRun = 16;

struct Group {
  int classes;
  int used;            // lanes that hold a row
  bool squared;        // power 2
  float* z;            // logits, then exponentials; or probabilities; in the end the gradient
  const float* t;      // distributions, or null
  float* a;            // scratch, and where most ground distances leave a_i
  float* b;            // scratch
  double* m;           // scratch of trees
  Int label;           // of every lane, in range whatever the caller's array says
  Float sum;           // of the exponentials
  Float inverse_sum;   // p_i = z_i inverse_sum
  Float inverse_low;   // what inverse_sum lacks, with distributions
  Float mass_share;    // the target's sum times inverse_sum, likewise in two parts, with distributions
  Float mass_share_low;
  Mask broken;         // rows whose loss is NaN
  Mask no_target;      // of those, rows whose distribution is none
  Float cross_entropy;
  Float emd;           // before normalization
  Float gain, center;
};

static inline float* at(float* p, int i) { return p + static_cast<int64_t>(i) * kLanes; }
static inline const float* at(const float* p, int i) { return p + static_cast<int64_t>(i) * kLanes; }
static inline double* at(double* p, int i) { return p + static_cast<int64_t>(i) * kLanes; }
static inline int least(int a, int b) { return a < b ? a : b; }

// Rows that lie along memory to columns [classes][kLanes], four classes at a time.
template <bool whole>
static inline void load_four(const float* const* row, int begin, int count, float* to) {
  for (int side = 0; side < kLanes; side += kHalf) {
    half::Float v[4];
    for (int j = 0; j < 4; j++) {
      half::Quad q[kHalf / 4];
      for (int part = 0; part < kHalf / 4; part++) {
        const float* from = row[side + 4 * part + j] + begin;
        q[part] = whole ? half::load_quad(from) : half::load_quad_first(from, count);
      }
      v[j] = half::join(q);
    }
    half::transpose_quads(v[0], v[1], v[2], v[3]);
    for (int i = 0; i < (whole ? 4 : count); i++) half::store(at(to, begin + i) + side, v[i]);
  }
}

static inline void load_transposed(const float* const* row, int classes, float* to) {
  int begin = 0;
  for (; begin + 4 <= classes; begin += 4) load_four<true>(row, begin, 4, to);
  if (begin < classes) load_four<false>(row, begin, classes - begin, to);
}

// Back again: the first `rows` lanes to rows that begin `step` apart.
template <bool whole>
static inline void store_four(const float* from, int begin, int count, float* to, int64_t step, int rows) {
  for (int side = 0; side < (whole ? kLanes : rows); side += kHalf) {
    half::Float v[4];
    for (int i = 0; i < 4; i++) v[i] = whole || i < count ? half::load(at(from, begin + i) + side) : half::zero();
    half::transpose_quads(v[0], v[1], v[2], v[3]);
    for (int j = 0; j < 4; j++) {
      half::Quad q[kHalf / 4];
      half::split(v[j], q);
      for (int part = 0; part < kHalf / 4; part++) {
        const int row = side + 4 * part + j;
        if (whole) {
          half::store_quad(to + row * step + begin, q[part]);
        } else if (row < rows) {
          half::store_quad_first(to + row * step + begin, count, q[part]);
        }
      }
    }
  }
}

static inline void store_transposed(const float* from, int classes, float* to, int64_t step, int rows) {
  int begin = 0;
  if (rows == kLanes) {
    for (; begin + 4 <= classes; begin += 4) store_four<true>(from, begin, 4, to, step, rows);
  }
  for (; begin < classes; begin += 4) store_four<false>(from, begin, least(4, classes - begin), to, step, rows);
}

// A running sum over the classes: float32 inside a run, float64 from run to run.
struct Carry {
  Double total = zero_double();
  Float base = zero(), run = zero();
  void next_run() {
    total = add(total, widen(run));
    base = narrow(total);
    run = zero();
  }
  Float value() const { return add(base, run); }
  Double wide() const { return add(total, widen(run)); }
};

// A sum of which nobody needs the intermediate values.
struct Total {
  Double total = zero_double();
  Float run = zero();
  bool one_run = true;
  void next_run() {
    total = add(total, widen(run));
    run = zero();
    one_run = false;
  }
  Double wide() const { return add(total, widen(run)); }
  Float value() const { return one_run ? run : narrow(wide()); }
};

// Calls body(i) for every class in ascending order, and between() from one run to the next.
template <class Body, class Between>
static inline void ascend(int classes, Body body, Between between) {
  for (int begin = 0;;) {
    const int end = least(begin + kRun, classes);
    for (int i = begin; i < end; i++) body(i);
    if (end == classes) return;
    between();
    begin = end;
  }
}

// The same from the last class to the first.
template <class Body, class Between>
static inline void descend(int classes, Body body, Between between) {
  for (int end = classes;;) {
    const int begin = (end - 1) / kRun * kRun;
    for (int i = end - 1; i >= begin; i--) body(i);
    if (begin == 0) return;
    between();
    end = begin;
  }
}

// From a sum over unnormalized masses to the E and the factors of an index target's one-pass form.
static inline void set_one_pass(Group& g, Float sum) {
  g.center = div(sum, g.sum);
  g.emd = g.squared ? mul(g.center, g.inverse_sum) : g.center;
  g.gain = g.squared ? mul(broadcast(2.0f), g.inverse_sum) : broadcast(1.0f);
}

// ---- From predictions to p and the cross entropy ----

static inline void set_inverse(Group& g, Double inverse, Double mass) {
  g.inverse_sum = narrow(inverse);
  g.inverse_low = narrow(sub(inverse, widen(g.inverse_sum)));
  const Double share = mul(inverse, mass);
  g.mass_share = narrow(share);
  g.mass_share_low = narrow(sub(share, widen(g.mass_share)));
}

static inline void check_distribution(Group& g, Float mass, Mask any_negative) {
  const Float off = abs(sub(mass, broadcast(1.0f)));
  const Mask sums_to_one = less_equal(off, broadcast(static_cast<float>(semd::kDistributionTolerance)));
  g.no_target = either(any_negative, invert(sums_to_one));
  g.broken = either(g.broken, g.no_target);
}

template <bool distribution>
static void softmax(Group& group) {
  const Group g = group;  // a copy that no store can alias
  const int classes = g.classes;
  Float top = load(g.z), second = top;
  int i = 1;
  for (; i + 1 < classes; i += 2) {
    top = max(top, load(at(g.z, i)));
    second = max(second, load(at(g.z, i + 1)));
  }
  if (i < classes) top = max(top, load(at(g.z, i)));
  top = max(top, second);
  const Float least_logit = broadcast(semd::kLeastLogit);
  Float target_logit = zero();
  if constexpr (!distribution) {
    const Int own = add(mul(g.label, broadcast(int32_t{kLanes})), lane_numbers());
    target_logit = gather(g.z, own);
  }
  Total sum, dot;
  Double wide_sum = zero_double(), mass = zero_double();
  Mask invalid = less(zero(), zero());
  ascend(
      classes,
      [&](int i) {
        const Float z = load(at(g.z, i));
        const Float d = sub(z, top);
        Float e = exp_or_zero(d, least_logit);
        if constexpr (distribution) {
          // p - t may cancel: the difference and the sum are taken to more than float32.
          const Float t = load(at(g.t, i));
          e = fma(e, keep(not_less(d, least_logit), rounding_of_difference(z, top, d)), e);
          wide_sum = add(wide_sum, widen(e));
          mass = add(mass, widen(t));
          invalid = either(invalid, less(t, zero()));
          dot.run = add(dot.run, keep(invert(equal(t, zero())), mul(t, d)));
        } else {
          sum.run = add(sum.run, e);
        }
        store(at(g.z, i), e);
      },
      [&] {
        if constexpr (distribution) {
          dot.next_run();
        } else {
          sum.next_run();
        }
      });
  if constexpr (distribution) {
    group.sum = narrow(wide_sum);
    set_inverse(group, div(broadcast(1.0), wide_sum), mass);
  } else {
    group.sum = sum.value();
    group.inverse_sum = div(broadcast(1.0f), group.sum);
  }
  group.broken = invert(less_equal(group.sum, broadcast(3.4e38f)));
  const Float log_sum = log_positive(group.sum);
  if constexpr (distribution) {
    check_distribution(group, narrow(mass), invalid);
    group.cross_entropy = sub(mul(narrow(mass), log_sum), dot.value());
  } else {
    group.cross_entropy = sub(log_sum, sub(target_logit, top));
  }
}

static inline Float clip_probability(Float p) { return max(p, broadcast(semd::kLeastProbability)); }

template <bool distribution>
static void take_probabilities(Group& group) {
  const Group g = group;  // a copy that no store can alias
  const int classes = g.classes;
  Total sum, dot;
  Double mass = zero_double();
  Mask invalid = less(zero(), zero());
  ascend(
      classes,
      [&](int i) {
        const Float p = load(at(g.z, i));
        sum.run = add(sum.run, mul(p, zero()));  // NaN where p is not finite
        if constexpr (distribution) {
          const Float t = load(at(g.t, i));
          invalid = either(invalid, less(t, zero()));
          mass = add(mass, widen(t));
          const Float term = mul(t, log_positive(clip_probability(p)));
          dot.run = add(dot.run, keep(invert(equal(t, zero())), term));
        }
      },
      [&] {
        sum.next_run();
        if constexpr (distribution) dot.next_run();
      });
  group.sum = group.inverse_sum = broadcast(1.0f);
  group.inverse_low = zero();
  group.broken = invert(equal(sum.value(), zero()));
  if constexpr (distribution) {
    check_distribution(group, narrow(mass), invalid);
    group.cross_entropy = sub(zero(), dot.value());
  } else {
    const Int own = add(mul(g.label, broadcast(int32_t{kLanes})), lane_numbers());
    group.cross_entropy = sub(zero(), log_positive(clip_probability(gather(g.z, own))));
  }
}

// Probability of class i; no denormals among the caller's.
static inline Float probability(const Group& g, int i) {
  const Float p = mul(load(at(g.z, i)), g.inverse_sum);
  return keep(not_less(abs(p), broadcast(semd::kLeastProbability)), p);
}

static inline Mask is_label(const Group& g, int i) { return equal(g.label, broadcast(int32_t{i})); }

// Target's mass at class i.
static inline Float target(const Group& g, int i) {
  return g.t ? load(at(g.t, i)) : keep(is_label(g, i), broadcast(1.0f));
}

// p_i - t_i, which may cancel.
static inline Float excess(const Group& g, int i) {
  const Float e = load(at(g.z, i));
  return fma(e, g.inverse_low, fma(e, g.inverse_sum, sub(zero(), target(g, i))));
}

// ---- Ground distances: logits and class indices, the one-pass form ----

// Moved masses from logits to the class index k: P_j for j < k, T_{j-1} for j > k, 0 at k, times the sum of the
// exponentials (mathematics, "One fused pass"). Leaves the latter in b[], and in a[i] the sum of w_j P_j over i <= j < k.
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

// a_i of the ordered form, in ascending order of i: what ordered_one_pass left, and the sum over k <= j < i.
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

// Squared circular form: the moved masses of the line, closed by the boundary that nothing crosses, less their mean.
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
  // Were the mean exact, the weighted differences from it would add up to 0. What is left of their sum shifts the
  // center, so that the gradient still adds up to 0.
  const Double left_over = sub(sub(toward.wide(), away.wide()), widen(closing));
  group.center = fma(mul(average, narrow(left_over)), g.inverse_sum, group.center);
}

// ---- Ground distances: a cost c_i per class, E = sum p_i^rho c_i ----

// Distance of class i from the label on the line or, with `circle`, the shorter way round.
struct ArcCost {
  const Group g;
  const semd_ground& ground;
  bool circle;
  Float own_high, own_low, own_rest;
  ArcCost(const Group& group, const semd_ground& distance)
      : g(group), ground(distance), circle(distance.kind == SEMD_CIRCULAR) {
    own_high = gather(ground.position_high.data(), g.label);
    own_low = gather(ground.position_low.data(), g.label);
    own_rest = gather(ground.position_rest.data(), g.label);
  }
  Float operator()(int i) const {
    const Float high = broadcast(ground.position_high[i]), low = broadcast(ground.position_low[i]);
    const Float direct = abs(add(sub(high, own_high), sub(low, own_low)));
    if (!circle) return direct;
    const Float over_the_end = add(own_high, broadcast(ground.position_rest[i]));
    const Float over_the_start = add(high, own_rest);
    return min(direct, select(less(g.label, broadcast(int32_t{i})), over_the_end, over_the_start));
  }
};

// Costs that were written to b[].
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

// Rows of the cost matrix, one per lane, to b[].
static void gather_matrix_costs(Group& g, const semd_ground& ground) {
  alignas(64) int32_t label[kLanes];
  store(label, g.label);
  const float* row[kLanes];
  for (int lane = 0; lane < kLanes; lane++) row[lane] = ground.cost_row(label[lane]);
  load_transposed(row, g.classes, g.b);
}

// c_i = sum_k t_k D_ik to b[]: a matrix product, four classes at a time.
static void mix_matrix_costs(Group& group, const semd_ground& ground) {
  const Group g = group;  // a copy that no store can alias
  const int classes = g.classes;
  for (int i = 0; i < classes; i += 4) {
    const int count = least(4, classes - i);
    const float* row[4];
    for (int j = 0; j < 4; j++) row[j] = ground.cost_row(i + (j < count ? j : 0));
    Total sum[4];
    ascend(
        classes,
        [&](int k) {
          const Float t = load(at(g.t, k));
          for (int j = 0; j < 4; j++) sum[j].run = fma(broadcast(row[j][k]), t, sum[j].run);
        },
        [&] {
          for (int j = 0; j < 4; j++) sum[j].next_run();
        });
    for (int j = 0; j < count; j++) store(at(g.b, i + j), sum[j].value());
  }
}

// ---- Ground distances: CDF differences, for distributions and for probabilities ----

// From the slopes q_j = w_j sign(x_j) |x_j|^(rho - 1) of the boundaries to a_i = sum of those before i, and the factors:
// g_i = rho (sum of all - a_i).
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

// A weighted median of each lane's values in b[], and the boundary that attains it.
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

static void circular_differences(Group& group, const semd_ground& ground, bool logits) {
  const Group g = group;  // a copy that no store can alias
  const int classes = g.classes;
  const float* gap = ground.gaps();
  Carry delta;
  Total weighted;
  ascend(
      classes,
      [&](int i) {
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
  Total emd;
  SlopeSum slopes;
  ascend(
      classes,
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
  group.emd = emd.value();
  slopes.finish(group, logits);
}

// ---- Trees ----

// a_i - center of a tree: what a node's edges to the root add up to, less a number per row. Both in float64.
struct TreeGain {
  const Group g;
  const semd_ground& ground;
  Double center;
  Float operator()(int i) { return narrow(sub(load(at(g.m, ground.preorder_of_class[i])), center)); }
  void next_run() {}
};

// In preorder the subtree of a node is a range, so that sums below an edge run backwards and sums along the path from
// the root run forwards. Float64 throughout: paths and brotherhoods can be as long as there are classes.
//
// From logits to an index k the mass on the far side of an edge is the sum below it without p_k or, on the path from k to
// the root, all mass but p_k less that: what cancels there is small against the mass that crosses the edges at k.
static Double tree_form(Group& group, const semd_ground& ground, bool logits) {
  const Group g = group;  // a copy that no store can alias
  const int classes = g.classes;
  const bool one_pass = logits && !g.t;
  const Double inverse = one_pass ? zero_double() : add(widen(g.inverse_sum), widen(g.inverse_low));
  for (int v = 0; v < classes; v++) {
    const int i = ground.class_of_preorder[v];
    const Float e = load(at(g.z, i));
    store(at(g.m, v), one_pass ? widen(keep(invert(is_label(g, i)), e))
                               : sub(mul(widen(e), inverse), widen(target(g, i))));
  }
  for (int v = classes - 1; v > 0; v--) {
    double* parent = at(g.m, ground.parent[v]);
    store(parent, add(load(parent), load(at(g.m, v))));
  }
  const Double all = load(at(g.m, 0));
  alignas(64) int32_t label[kLanes];
  store(label, g.label);
  for (int lane = 0; lane < kLanes; lane++) label[lane] = ground.preorder_of_class[label[lane]];
  const Int place = load(label);

  Double emd = zero_double(), dot = zero_double(), own = zero_double();
  store(at(g.m, 0), zero_double());
  for (int v = 1; v < classes; v++) {
    const Double w = broadcast(ground.length[v]);
    Double mass = load(at(g.m, v));
    Double slope;
    if (one_pass) {
      const Mask from_here = less(broadcast(int32_t{v - 1}), place);
      const Mask on_path = both(from_here, less(place, broadcast(int32_t{v + ground.subtree_size[v]})));
      mass = select(on_path, sub(all, mass), mass);
      slope = mul(w, g.squared ? mass : sign(mass));
      emd = fma(slope, mass, emd);
      slope = select(on_path, sub(zero_double(), slope), slope);
    } else {
      slope = mul(w, g.squared ? mass : sign(mass));
      emd = fma(slope, mass, emd);
    }
    const Double path = add(load(at(g.m, ground.parent[v])), slope);
    store(at(g.m, v), path);
    if (one_pass) {
      own = select(equal(place, broadcast(int32_t{v})), path, own);
    } else {
      const Float e = load(at(g.z, ground.class_of_preorder[v]));
      dot = fma(mul(widen(e), inverse), path, dot);
    }
  }
  if (one_pass) {
    set_one_pass(group, narrow(emd));
    const Double center = add(own, widen(group.center));
    group.center = zero();  // TreeGain takes it off in float64
    return center;
  }
  group.emd = narrow(emd);
  group.gain = broadcast(g.squared ? 2.0f : 1.0f);
  group.center = zero();
  return logits ? dot : zero_double();
}

}  // namespace wide
}  // namespace SEMD_ISA
