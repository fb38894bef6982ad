// One long row: the gradient, once the ground distance has been measured.
//
// One walk through the blocks turns exponentials and local_i into gradients by the formulas at `Factors`, and transposed
// blocks back. The entry of a class with more than half the mass is minus the sum of the others (mathematics, "The dominant
// entry"); the cross entropy's share in a label's own entry is subtracted last.
#pragma once

#include "differences.h"
#include "predictions.h"

namespace SEMD_ISA {
namespace long_row {

// The class whose probability exceeds 1/2, or -1. Its exponential becomes 0, so that it drops out of the sum of the others.
static int take_out_dominant(Row& row, bool transposed) {
  if (!(row.sum < 2)) return -1;
  const Float one = broadcast(1.0f);
  for (int i = 0; i < row.classes; i += kBlock) {
    const Block e = load_block(row.e + i);
    Mask hit[4];
    for (int c = 0; c < 4; c++) hit[c] = equal(e.v[c], one);
    if (!bits(either(either(hit[0], hit[1]), either(hit[2], hit[3])))) continue;
    for (int place = 0; place < kBlock; place++) {
      float& value = row.e[i + (transposed ? offset_in_block(place) : place)];
      if (value != 1) continue;
      value = 0;
      return i + place;
    }
  }
  return -1;
}

// dL/dz_i = alpha e_i (a_i - center) + gamma (S p_i - t_i); dL/dp_i = alpha (a_i - center) - gamma t_i / p_i
struct Factors {
  float alpha, gamma;
};

// The nearest finite number, as a weight divided by a tiny probability may leave the range of float32. NaN stays NaN, being
// the second operand of min and max.
static inline Float finite_or_nan(Float x) {
  const Float largest = broadcast(std::numeric_limits<float>::max());
  return min(largest, max(sub(zero(), largest), x));
}

// The targets of a block, with 0 for the class that is left out of the sum of the others, as its entry is overwritten later.
static inline Block load_targets(const Row& row, int begin, int left_out) {
  Block t = load_block(row.t + begin, row.classes - begin, 0.0f);
  if (left_out < begin || left_out >= begin + kBlock) return t;
  alignas(64) float values[kBlock];
  store_block(values, t);
  values[left_out - begin] = 0;
  return load_block(values);
}

template <bool logits, bool transposed>
static void write_gradient(Row& row, const Factors& factors) {
  float* out = row.out;
  const int dominant = logits ? take_out_dominant(row, transposed) : -1;
  const bool mix = factors.gamma != 0;
  const Float alpha = broadcast(factors.alpha), gamma = broadcast(factors.gamma);
  const Pair mass_share(row.target_mass / row.sum);
  const Float least_p = broadcast(semd::kLeastProbability);
  const float own_p = row.t ? 1 : row.z[row.label];  // before it is overwritten
  BlockTotal others;
  for (int block = 0, i = 0; i < row.classes; block++, i += kBlock) {
    const Float base = broadcast(static_cast<float>(factors.alpha * (row.base[block] - row.center)));
    const Block local = load_block(row.local + i);
    Block d;
    for (int c = 0; c < 4; c++) d.v[c] = fnma(alpha, local.v[c], base);
    if constexpr (logits) {
      const Block e = load_block(row.e + i);
      for (int c = 0; c < 4; c++) d.v[c] = mul(e.v[c], d.v[c]);
      if (mix) {
        Block t{};
        if (row.t) {
          t = load_targets(row, i, dominant);
          if (transposed) transpose(t);
        } else {
          for (int c = 0; c < 4; c++) t.v[c] = zero();  // the label's own 1 is subtracted afterwards
        }
        const Block slope = excess(row, i, e, mass_share, t);
        for (int c = 0; c < 4; c++) d.v[c] = fma(gamma, slope.v[c], d.v[c]);
      }
    }
    if constexpr (transposed) transpose(d);
    if (!logits && mix && row.t) {
      const Block t = load_targets(row, i, -1), p = load_block(row.z + i, row.classes - i, 1.0f);
      for (int c = 0; c < 4; c++) {
        const Mask counts = both(not_less(p.v[c], least_p), invert(equal(t.v[c], zero())));
        d.v[c] = finite_or_nan(sub(d.v[c], keep(counts, div(mul(gamma, t.v[c]), p.v[c]))));
      }
    }
    if (dominant >= 0) {
      others.run = add(others.run, sum_of(d));
      others.carry_after(block);
    }
    store_block(out + i, row.classes - i, d);
  }
  double rest = others.value();
  if (!row.t && mix) {
    const float own = logits ? factors.gamma : own_p < semd::kLeastProbability ? 0 : factors.gamma / own_p;
    out[row.label] = logits ? out[row.label] - own : first_lane(finite_or_nan(broadcast(out[row.label] - own)));
    if (row.label != dominant) rest -= own;
  }
  if (dominant >= 0) out[dominant] = static_cast<float>(-rest);
}

}  // namespace long_row
}  // namespace SEMD_ISA
