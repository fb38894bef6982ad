// Rows side by side: the gradient of a group whose ground distance has been measured, and its corrections once it is in the
// caller's memory.
//
// One ascent turns exponentials (or probabilities) into gradients in place, by the formulas at `Factors`. Rows that need more
// are few and are corrected afterwards: those with a class of more than half the mass, of weight 0, or NaN.
#pragma once

#include <limits>

#include "layout.h"
#include "one_pass.h"
#include "tree_form.h"

namespace SEMD_ISA {
namespace wide {

// Where a group's a_i are: in a[]; as ordered_one_pass left them; or as tree_form did.
enum class Gains { kStored, kOfLine, kOfTree };

// dL/dz_i = alpha z_i (a_i - center) + gamma (S p_i - t_i) over the exponentials z_i, S the sum of t;
// dL/dp_i = alpha (a_i - center) - gamma t_i / p_i.
struct Factors {
  Float alpha, gamma;
};

static inline Float cross_entropy_slope(const Group& g, int i, Float e) {
  if (!g.t) return fma(e, g.inverse_sum, sub(zero(), target(g, i)));
  return excess(g, i);
}

// Writes the gradient over the exponentials. An entry whose probability exceeds 1/2 (its exponential is 1, and the sum less
// than 2) is left 0: `rest` is the sum of the others, `dominant` its class (mathematics, "The dominant entry").
template <bool mix, class Gain>
static SEMD_ALWAYS_INLINE void logits_gradient(const Group& group, Gain gain, const Factors& factors_of_rows, Float& rest,
                            Int& dominant) {
  const Group g = group;
  const Factors factors = factors_of_rows;
  const Float top = select(less(g.sum, broadcast(2.0f)), broadcast(1.0f), broadcast(2.0f));
  Total others;
  Int place = broadcast(int32_t{-1});
  ascend(
      g.classes,
      [&](int i) {
        const Float e = load(at(g.z, i));
        const Mask is_top = equal(e, top);
        Float d = mul(e, mul(factors.alpha, sub(gain(i), g.center)));
        if constexpr (mix) d = fma(factors.gamma, cross_entropy_slope(g, i, e), d);
        d = keep(invert(is_top), d);
        others.run = add(others.run, d);
        store(at(g.z, i), d);
        place = select(is_top, broadcast(int32_t{i}), place);
      },
      [&] {
        others.next_run();
        gain.next_run();
      });
  rest = others.value();
  dominant = place;
}

template <bool mix, class Gain>
static SEMD_ALWAYS_INLINE void probabilities_gradient(const Group& group, Gain gain, const Factors& factors_of_rows) {
  const Group g = group;
  const Factors factors = factors_of_rows;
  const Float least_p = broadcast(semd::kLeastProbability);
  ascend(
      g.classes,
      [&](int i) {
        const Float p = load(at(g.z, i));
        Float d = mul(factors.alpha, sub(gain(i), g.center));
        if constexpr (mix) {
          const Float t = target(g, i);
          const Mask counts = both(not_less(p, least_p), invert(equal(t, zero())));
          d = finite_or_nan(sub(d, keep(counts, div(mul(factors.gamma, t), p))));
        }
        store(at(g.z, i), d);
      },
      [&] { gain.next_run(); });
}

template <bool mix, class Gain>
static inline void write_gradient(Group& g, Gain gain, bool logits, const Factors& factors, Float& rest, Int& dominant) {
  if (logits) {
    logits_gradient<mix>(g, gain, factors, rest, dominant);
  } else {
    probabilities_gradient<mix>(g, gain, factors);
  }
}

template <bool mix>
static inline void write_gradient(Group& g, const Task& task, Gains gains, Double tree_center, const Factors& factors,
                                  Float& rest, Int& dominant) {
  const semd_ground& ground = *task.ground;
  switch (gains) {
    case Gains::kOfLine: return logits_gradient<mix>(g, OrderedGain{g, ground.gaps(), {}}, factors, rest, dominant);
    case Gains::kOfTree:
      return write_gradient<mix>(g, TreeGain{g, ground, tree_center}, task.of_logits(), factors, rest, dominant);
    case Gains::kStored: return write_gradient<mix>(g, StoredGain{g}, task.of_logits(), factors, rest, dominant);
  }
}

// Overwrites the gradients of silent lanes with 0, those of broken ones with NaN.
static void overwrite_rows(const Placement& place, unsigned silent, unsigned broken, int classes, float* gradient) {
  for (int lane = 0; lane < place.count; lane++) {
    if (!((silent | broken) >> lane & 1u)) continue;
    const float value = silent >> lane & 1u ? 0.0f : std::numeric_limits<float>::quiet_NaN();
    float* row = gradient + place.offset(lane);
    for (int i = 0; i < classes; i++) row[i * place.stride] = value;
  }
}

// What is left to do once a group's gradient is in the caller's memory.
struct Corrections {
  unsigned dominated, silent, broken;  // lanes
  alignas(64) float rest[kLanes];      // of the dominated: the sum of the others
  alignas(64) int32_t dominant[kLanes];
};

static void correct_rows(const Placement& place, const semd_ground& ground, const Corrections& c, float* gradient) {
  const int classes = ground.classes;
  unsigned dominated = c.dominated;
  for (int lane = 0; dominated; lane++, dominated >>= 1) {
    if (dominated & 1u) gradient[place.offset(lane) + ground.class_at(c.dominant[lane]) * place.stride] = -c.rest[lane];
  }
  if (c.silent | c.broken) overwrite_rows(place, c.silent, c.broken, classes, gradient);
}

}  // namespace wide
}  // namespace SEMD_ISA
