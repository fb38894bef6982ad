// exp and log of a vector, to about one unit in the last place. Polynomials after Cephes (S. Moshier).
#pragma once

#include "simd/simd.h"

namespace SEMD_ISA {

// exp(x) for x <= 0; exactly 1 at 0, exactly 0 where x < least (least >= -87), NaN for NaN.
static inline Float exp_or_zero(Float x, Float least) {
  const Float clamped = max(least, x);  // keeps a NaN: max returns its second operand then
  const Float n = round(mul(clamped, broadcast(1.44269504088896341f)));
  Float r = fnma(n, broadcast(0.693359375f), clamped);
  r = fnma(n, broadcast(-2.12194440e-4f), r);
  Float p = broadcast(1.9875691500e-4f);
  p = fma(p, r, broadcast(1.3981999507e-3f));
  p = fma(p, r, broadcast(8.3334519073e-3f));
  p = fma(p, r, broadcast(4.1665795894e-2f));
  p = fma(p, r, broadcast(1.6666665459e-1f));
  p = fma(p, r, broadcast(5.0000001201e-1f));
  p = add(fma(p, mul(r, r), r), broadcast(1.0f));
  return keep(not_less(x, least), scale_by_power_of_two(p, n));
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
  return select(less(x, broadcast(3.4028235e38f)), result, x);
}

static inline Float sign(Float x) {  // -1, 0 or 1
  return select(less(zero(), x), broadcast(1.0f), keep(less(x, zero()), broadcast(-1.0f)));
}

}  // namespace SEMD_ISA
