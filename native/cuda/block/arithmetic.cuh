// Exponentials, and arithmetic for differences that cancel. Compiled so that denormals are flushed, as in the CPU kernels.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace semd::cuda {

constexpr float kLeastProbability = 1.17549435e-38f;
constexpr float kLeastLogit = -87.0f;  // below it exp is 0

// exp(x) for x <= 0: exp2 of a rounded product, corrected for the rounding. Exactly 1 at 0, 0 for -Infinity, NaN for NaN;
// relative error 3e-7.
static __device__ __forceinline__ float exponential(float x) {
  const float y = x * 1.44269502f;
  const float e = exp2f(y);
  const float result = fmaf(e, fmaf(y, -0.693147182f, x), e);
  return x < kLeastLogit ? 0.0f : result;
}

// Absolute error 2e-7 for x from 1 to 2, relative error 2e-7 elsewhere.
static __device__ __forceinline__ float natural_logarithm(float x) { return __log2f(x) * 0.693147182f; }

// A number as an unevaluated sum of two, for differences that cancel.
struct Parts {
  float high, low;
};

static __device__ __forceinline__ Parts parts_of(double x) {
  const float high = static_cast<float>(x);
  return {high, static_cast<float>(x - high)};
}

// Added to a number of less than 2^22, it leaves no digits behind the point, and the nearest integer as the last bits.
constexpr float kRounder = 12582912.0f;

// exp(z - top) to about 1e-9; exactly 1 + 0 for z = top (the reduction is after Cephes).
static __device__ __forceinline__ Parts exponential_in_parts(float z, float top) {
  const float x = z - top;
  const float back = x - z;
  const float x_low = (z - (x - back)) - (top + back);
  const float rounded = fmaf(x, 1.44269502f, kRounder), n = rounded - kRounder;
  const float first = fmaf(n, -0.693359375f, x);
  const float r = fmaf(n, 2.12194440e-4f, first);
  const float r_low = x_low + fmaf(n, 2.12194440e-4f, first - r);
  float q = 2.48015873e-5f;
  q = fmaf(q, r, 1.98412698e-4f);
  q = fmaf(q, r, 1.38888889e-3f);
  q = fmaf(q, r, 8.33333333e-3f);
  q = fmaf(q, r, 4.16666667e-2f);
  q = fmaf(q, r, 1.66666667e-1f);
  const float square = r * r, square_low = fmaf(r, r, -square);
  const float cube = square * r * q, halved = 0.5f * square;
  const float curved = halved + cube;
  const float curved_low = fmaf(0.5f, square_low, (halved - curved) + cube);
  const float change = r + curved;
  const float change_low = (r - change) + curved;
  const float high = 1.0f + change;
  const float high_low = (1.0f - high) + change;
  const float low = high_low + (change_low + fmaf(r_low, high, curved_low));
  const float scale = __uint_as_float((__float_as_uint(rounded) << 23) + 0x3f800000u);  // 2^n
  return x < kLeastLogit ? Parts{0.0f, 0.0f} : Parts{high * scale, low * scale};
}

// e share - t, which may cancel.
static __device__ __forceinline__ float excess(const Parts& e, const Parts& share, float t) {
  return fmaf(e.low, share.high, fmaf(e.high, share.low, fmaf(e.high, share.high, -t)));
}
static __device__ __forceinline__ double exact_excess(const Parts& e, const Parts& share, float t) {
  const double mass = static_cast<double>(e.high) + e.low, of_row = static_cast<double>(share.high) + share.low;
  return fma(mass, of_row, -static_cast<double>(t));
}

// 1 / x for 0.5 <= x < 2^100, to a few units in the last place of float64. A division would call a routine, around which
// registers spill.
static __device__ __forceinline__ double reciprocal(double x) {
  double r = 1.0f / static_cast<float>(x);
  r = r * fma(-x, r, 2.0);
  return r * fma(-x, r, 2.0);
}

static __device__ __forceinline__ float sign_of(float x) { return x > 0 ? 1.0f : x < 0 ? -1.0f : 0.0f; }

static __device__ __forceinline__ float flushed(float p) { return fabsf(p) < kLeastProbability ? 0.0f : p; }

static __device__ __forceinline__ float clipped(float p) { return fmaxf(p, kLeastProbability); }

}  // namespace semd::cuda
