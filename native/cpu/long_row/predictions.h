// One long row: from predictions to p and the cross entropy.
//
// Softmax takes two passes: the largest logit, then the exponentials and their sum. The exponentials are stored for the forms,
// transposed where those need running sums; with distributions in two parts, since S p_i - t_i may cancel.
#pragma once

#include <cmath>
#include <limits>

#include "blocks.h"

namespace SEMD_ISA {
namespace long_row {

static inline void check_distribution(Row& row, Mask any_negative) {
  row.no_target = bits(any_negative) != 0 || !semd::is_usual(row.target_mass);
  row.broken = row.broken || row.no_target;
}

static inline float largest_logit(const float* z, int classes) {
  int i = 0;
  Float top = broadcast(-std::numeric_limits<float>::infinity());
  if (classes >= kBlock) {
    Block m = load_block(z);
    for (i = kBlock; i + kBlock <= classes; i += kBlock) {
      const Block b = load_block(z + i);
      for (int c = 0; c < 4; c++) m.v[c] = max(m.v[c], b.v[c]);
    }
    top = max(max(m.v[0], m.v[1]), max(m.v[2], m.v[3]));
  }
  if (i < classes) {
    const Block b = load_block(z + i, classes - i, -std::numeric_limits<float>::infinity());
    top = max(top, max(max(b.v[0], b.v[1]), max(b.v[2], b.v[3])));
  }
  return maximum(top);
}

template <bool transposed, bool distribution>
static void softmax(Row& row) {
  const int classes = row.classes;
  const Float top = broadcast(largest_logit(row.z, classes));
  const Float least_logit = broadcast(semd::kLeastLogit);
  BlockTotal sum, mass, dot;
  Mask negative = less(zero(), zero());
  for (int block = 0, i = 0; i < classes; block++, i += kBlock) {
    Block d = load_block(row.z + i, classes - i, -std::numeric_limits<float>::infinity());
    fetch_while_read(row, i, transposed);
    Block e, low;
    for (int c = 0; c < 4; c++) {
      const Float z = d.v[c];
      d.v[c] = sub(z, top);
      if constexpr (distribution) {
        const Float lost = keep(not_less(d.v[c], least_logit), rounding_of_difference(z, top, d.v[c]));
        const Exponential parts = exp_in_two_parts(d.v[c], lost, least_logit);
        e.v[c] = parts.high;
        low.v[c] = parts.low;
        sum.total = add(sum.total, add(widen(parts.high), widen(parts.low)));
      }
    }
    if constexpr (!distribution) {
      e = d;
      exp_or_zero(e.v, least_logit);
      sum.run = add(sum.run, sum_of(e));
      sum.carry_after(block);
    }
    if constexpr (distribution) {
      const Block t = load_block(row.t + i, classes - i, 0.0f);
      Block term;
      for (int c = 0; c < 4; c++) {
        negative = either(negative, less(t.v[c], zero()));
        term.v[c] = keep(invert(equal(t.v[c], zero())), mul(t.v[c], d.v[c]));
        mass.total = add(mass.total, widen(t.v[c]));
      }
      dot.run = add(dot.run, sum_of(term));
      dot.carry_after(block);
    }
    if constexpr (transposed) transpose(e);
    store_block(row.e + i, e);
    if constexpr (distribution) {
      if constexpr (transposed) transpose(low);
      store_block(row.e_low + i, low);
    }
  }
  row.sum = sum.value();
  row.broken = !(row.sum <= std::numeric_limits<float>::max());
  if constexpr (distribution) {
    row.target_mass = mass.value();
    check_distribution(row, negative);
    row.cross_entropy = std::log(row.sum) - dot.value() / row.target_mass;
  } else {
    row.target_mass = 1;
    const float top_logit = first_lane(top);
    row.cross_entropy = std::log(row.sum) - (static_cast<double>(row.z[row.label]) - top_logit);
  }
}

static inline Float clip_probability(Float p) { return max(p, broadcast(semd::kLeastProbability)); }

template <bool transposed, bool distribution>
static void take_probabilities(Row& row) {
  const int classes = row.classes;
  const Float least_p = broadcast(semd::kLeastProbability);
  BlockTotal check, mass, dot;
  Mask negative = less(zero(), zero());
  for (int block = 0, i = 0; i < classes; block++, i += kBlock) {
    Block p = load_block(row.z + i, classes - i, 0.0f);
    fetch_while_read(row, i, transposed);
    Block none;
    for (int c = 0; c < 4; c++) none.v[c] = mul(p.v[c], zero());  // NaN where p is not finite
    check.run = add(check.run, sum_of(none));
    if constexpr (distribution) {
      const Block t = load_block(row.t + i, classes - i, 0.0f);
      Block term;
      for (int c = 0; c < 4; c++) {
        negative = either(negative, less(t.v[c], zero()));
        const Float log_p = log_positive(clip_probability(p.v[c]));
        term.v[c] = keep(invert(equal(t.v[c], zero())), mul(t.v[c], log_p));
      }
      for (int c = 0; c < 4; c++) mass.total = add(mass.total, widen(t.v[c]));
      dot.run = add(dot.run, sum_of(term));
      dot.carry_after(block);
    }
    for (int c = 0; c < 4; c++) p.v[c] = keep(not_less(abs(p.v[c]), least_p), p.v[c]);
    if constexpr (transposed) transpose(p);
    store_block(row.e + i, p);
  }
  row.sum = 1;
  row.broken = !(check.value() == 0);
  if constexpr (distribution) {
    row.target_mass = mass.value();
    check_distribution(row, negative);
    row.cross_entropy = -dot.value() / row.target_mass;
  } else {
    row.target_mass = 1;
    const float p = row.z[row.label];
    row.cross_entropy = -std::log(static_cast<double>(p > semd::kLeastProbability ? p : semd::kLeastProbability));
  }
}

}  // namespace long_row
}  // namespace SEMD_ISA
