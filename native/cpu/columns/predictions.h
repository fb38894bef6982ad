// Rows side by side: from predictions to p and the cross entropy, -log p_k or -sum t_i log p_i / S.
//
// Softmax takes two passes: the largest logit of each lane, then exponentials and their sum. p_i, an exponential times the
// inverse sum, is never stored. With distributions both factors are kept in two parts, since S p_i - t_i may cancel.
#pragma once

#include "group.h"

namespace SEMD_ISA {
namespace wide {

static inline void set_inverse(Group& g, Double inverse, Double mass) {
  g.inverse_sum = narrow(inverse);
  g.inverse_low = narrow(sub(inverse, widen(g.inverse_sum)));
  const Double share = mul(inverse, mass);
  g.mass_share = narrow(share);
  g.mass_share_low = narrow(sub(share, widen(g.mass_share)));
  g.inverse_mass = narrow(div(broadcast(1.0), mass));
}

// Lanes whose mass is far from 1 count as having no distribution until take_rescaled has looked at them.
static inline void check_distribution(Group& g, Double mass, Mask any_negative) {
  const Float rounded = narrow(mass);
  const Mask usual = both(less_equal(broadcast(static_cast<float>(1 / semd::kUsualMass)), rounded),
                          less_equal(rounded, broadcast(static_cast<float>(semd::kUsualMass))));
  g.unusual = invert(usual);
  g.no_target = either(any_negative, g.unusual);
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
        if constexpr (distribution) {
          const Float t = load(at(g.t, i));
          const Float lost = keep(not_less(d, least_logit), rounding_of_difference(z, top, d));
          const Exponential e = exp_in_two_parts(d, lost, least_logit);
          wide_sum = add(wide_sum, add(widen(e.high), widen(e.low)));
          store(at(g.z, i), e.high);
          store(at(g.z_low, i), e.low);
          mass = add(mass, widen(t));
          invalid = either(invalid, less(t, zero()));
          dot.run = add(dot.run, keep(invert(equal(t, zero())), mul(t, d)));
        } else {
          const Float e = exp_or_zero(d, least_logit);
          sum.run = add(sum.run, e);
          store(at(g.z, i), e);
        }
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
    check_distribution(group, mass, invalid);
    group.cross_entropy = sub(log_sum, mul(dot.value(), group.inverse_mass));
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
  group.sum = broadcast(1.0f);
  set_inverse(group, broadcast(1.0), distribution ? mass : broadcast(1.0));
  group.broken = invert(equal(sum.value(), zero()));
  if constexpr (distribution) {
    check_distribution(group, mass, invalid);
    group.cross_entropy = sub(zero(), mul(dot.value(), group.inverse_mass));
  } else {
    const Int own = add(mul(g.label, broadcast(int32_t{kLanes})), lane_numbers());
    group.cross_entropy = sub(zero(), log_positive(clip_probability(gather(g.z, own))));
  }
}

// The probability of class i; the caller's denormals count as 0.
static inline Float probability(const Group& g, int i) {
  const Float p = mul(load(at(g.z, i)), g.inverse_sum);
  return keep(not_less(abs(p), broadcast(semd::kLeastProbability)), p);
}

static inline Mask is_label(const Group& g, int i) { return equal(g.label, broadcast(int32_t{i})); }

// The target's mass in class i.
static inline Float target(const Group& g, int i) {
  return g.t ? load(at(g.t, i)) : keep(is_label(g, i), broadcast(1.0f));
}

// S p_i - t_i, which may cancel.
static inline Float excess(const Group& g, int i) {
  const Float e = load(at(g.z, i));
  const Float x = fma(e, g.mass_share_low, exact_fma(e, g.mass_share, sub(zero(), target(g, i))));
  return g.z_low ? fma(load(at(g.z_low, i)), g.mass_share, x) : x;
}

// E and the factors of the gradient were measured with a target whose sum is S; this makes them those of a sum of 1.
static inline void divide_by_mass(Group& g, bool differences) {
  g.emd = mul(g.emd, g.inverse_mass);
  if (!differences) {
    g.gain = mul(g.gain, g.inverse_mass);
  } else if (g.squared) {
    g.emd = mul(g.emd, g.inverse_mass);
    g.gain = mul(g.gain, g.inverse_mass);
  }
}

}  // namespace wide
}  // namespace SEMD_ISA
