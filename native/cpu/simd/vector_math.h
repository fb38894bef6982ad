// exp and log of a vector, to one or two units in the last place. The reductions and the logarithm are after Cephes
// (S. Moshier).
#pragma once

#include "simd.h"

namespace SEMD_ISA {

// exp(x) for x <= 0, in place; exactly 1 at 0, exactly 0 where x < least (least >= -87), NaN for NaN. Several vectors take
// each step together, as the steps of one vector wait for each other.
template <int n>
static inline void exp_or_zero(Float (&x)[n], Float least) {
  const Float shift = broadcast(12582912.0f);  // adding 1.5 2^23 rounds to an integer
  Float shifted[n], whole[n], r[n], p[n];
  for (int i = 0; i < n; i++) shifted[i] = fma(x[i], broadcast(1.44269504088896341f), shift);
  for (int i = 0; i < n; i++) whole[i] = sub(shifted[i], shift);
  for (int i = 0; i < n; i++) r[i] = take_off_ln2(whole[i], x[i]);
  // Minimax of degree 5 with the first two coefficients 1: relative error 1.1e-7.
  for (int i = 0; i < n; i++) p[i] = fma(broadcast(8.312501013278961e-3f), r[i], broadcast(4.1890330612659454e-2f));
  for (int i = 0; i < n; i++) p[i] = fma(p[i], r[i], broadcast(1.6667115688323975e-1f));
  for (int i = 0; i < n; i++) p[i] = fma(p[i], r[i], broadcast(4.99992311000824e-1f));
  for (int i = 0; i < n; i++) p[i] = fma(p[i], r[i], broadcast(1.0f));
  for (int i = 0; i < n; i++) p[i] = fma(p[i], r[i], broadcast(1.0f));
  for (int i = 0; i < n; i++) x[i] = scale_or_zero(not_less(x[i], least), p[i], whole[i], shifted[i]);
}
static inline Float exp_or_zero(Float x, Float least) {
  Float one[1] = {x};
  exp_or_zero(one, least);
  return one[0];
}

// exp(x + x_low) as a sum of two floats, to about 1e-9; exactly 1 + 0 at 0. For differences between exponentials and numbers
// close to them, of which nothing but the rounding error of a float32 exponential would be left.
struct Exponential {
  Float high, low;
};
static inline Exponential exp_in_two_parts(Float x, Float x_low, Float least) {
  const Float one = broadcast(1.0f), half = broadcast(0.5f);
  const Float shift = broadcast(12582912.0f);
  const Float shifted = fma(x, broadcast(1.44269504088896341f), shift);
  const Float n = sub(shifted, shift);
  const Float first = fnma(n, broadcast(0.693359375f), x);
  const Float r = fnma(n, broadcast(-2.12194440e-4f), first);
  const Float r_low = add(x_low, exact_fma(n, broadcast(2.12194440e-4f), sub(first, r)));
  // r + r^2 / 2 + r^3 q, from the smallest term up
  Float q = broadcast(2.48015873e-5f);
  q = fma(q, r, broadcast(1.98412698e-4f));
  q = fma(q, r, broadcast(1.38888889e-3f));
  q = fma(q, r, broadcast(8.33333333e-3f));
  q = fma(q, r, broadcast(4.16666667e-2f));
  q = fma(q, r, broadcast(1.66666667e-1f));
  const Float square = mul(r, r), square_low = exact_fma(r, r, sub(zero(), square));
  const Float cube = mul(mul(square, r), q), halved = mul(half, square);
  const Float curved = add(halved, cube);
  const Float curved_low = fma(half, square_low, add(sub(halved, curved), cube));
  const Float change = add(r, curved);
  const Float change_low = add(sub(r, change), curved);
  const Float high = add(one, change);
  const Float high_low = add(sub(one, high), change);
  const Float low = add(high_low, add(change_low, fma(r_low, high, curved_low)));
  const Mask counts = not_less(x, least);
  const Float scale = scale_or_zero(counts, one, n, shifted);
  return {keep(counts, mul(high, scale)), keep(counts, mul(low, scale))};
}

// log(x) for normal x > 0, +Infinity for +Infinity, NaN for NaN.
static inline Float log_positive(Float x) {
  // x = m 2^n with m in [sqrt(1/2), sqrt(2))
  const Int offset = broadcast(int32_t{0x3f3504f3});
  const Int n = shift_right(sub(as_int(x), offset), 23);
  const Float f = sub(as_float(sub(as_int(x), shift_left(n, 23))), broadcast(1.0f));
  Float p = broadcast(7.0376836292e-2f);
  p = fma(p, f, broadcast(-1.1514610310e-1f));
  p = fma(p, f, broadcast(1.1676998740e-1f));
  p = fma(p, f, broadcast(-1.2420140846e-1f));
  p = fma(p, f, broadcast(1.4249322787e-1f));
  p = fma(p, f, broadcast(-1.6668057665e-1f));
  p = fma(p, f, broadcast(2.0000714765e-1f));
  p = fma(p, f, broadcast(-2.4999993993e-1f));
  p = fma(p, f, broadcast(3.3333331174e-1f));
  const Float exponent = to_float(n), square = mul(f, f);
  Float y = mul(mul(p, f), square);
  y = fma(exponent, broadcast(-2.12194440e-4f), y);
  y = fnma(broadcast(0.5f), square, y);
  const Float result = fma(exponent, broadcast(0.693359375f), add(f, y));
  return select(less_equal(x, broadcast(3.4028235e38f)), result, x);
}

// The rounding error of difference = a - b.
static inline Float rounding_of_difference(Float a, Float b, Float difference) {
  const Float back = sub(difference, a);
  return sub(sub(a, sub(difference, back)), add(b, back));
}

static inline Float sign(Float x) {  // -1, 0 or 1
  return select(less(zero(), x), broadcast(1.0f), keep(less(x, zero()), broadcast(-1.0f)));
}

}  // namespace SEMD_ISA
