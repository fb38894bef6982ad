// NEON, the baseline of 64-bit Arm: 4 float lanes, full-width vectors as masks. The same names as in the other simd/
// headers.
#pragma once

#include <arm_neon.h>

#include <cstdint>

namespace SEMD_ISA {

constexpr int kLanes = 4;

using Float = float32x4_t;
using Int = int32x4_t;
struct Mask {
  uint32x4_t v;
};

// As many doubles as Float has lanes, to which float32 runs are carried over.
struct Double {
  float64x2_t low, high;
};

static inline Float zero() { return vdupq_n_f32(0); }
static inline Float broadcast(float x) { return vdupq_n_f32(x); }
static inline Float load(const float* p) { return vld1q_f32(p); }
static inline void store(float* p, Float v) { vst1q_f32(p, v); }

static inline Int broadcast(int32_t x) { return vdupq_n_s32(x); }
static inline Int load(const int32_t* p) { return vld1q_s32(p); }
static inline void store(int32_t* p, Int v) { vst1q_s32(p, v); }
static inline Int add(Int a, Int b) { return vaddq_s32(a, b); }
static inline Int sub(Int a, Int b) { return vsubq_s32(a, b); }
static inline Int mul(Int a, Int b) { return vmulq_s32(a, b); }
static inline Int lane_numbers() {
  static const int32_t numbers[4] = {0, 1, 2, 3};
  return load(numbers);
}
static inline Int as_int(Float a) { return vreinterpretq_s32_f32(a); }
static inline Float as_float(Int a) { return vreinterpretq_f32_s32(a); }
static inline Int shift_right(Int a, int n) { return vshlq_s32(a, vdupq_n_s32(-n)); }
static inline Int shift_left(Int a, int n) { return vshlq_s32(a, vdupq_n_s32(n)); }
static inline Float to_float(Int a) { return vcvtq_f32_s32(a); }
static inline Mask less(Int a, Int b) { return {vcltq_s32(a, b)}; }
static inline Mask equal(Int a, Int b) { return {vceqq_s32(a, b)}; }

static inline Mask first(int n) { return less(lane_numbers(), broadcast(int32_t{n})); }
static inline Float select(Mask m, Float a, Float b) { return vbslq_f32(m.v, a, b); }  // m ? a : b
static inline Int select(Mask m, Int a, Int b) { return vbslq_s32(m.v, a, b); }
static inline Float keep(Mask m, Float a) {  // m ? a : 0
  return vreinterpretq_f32_u32(vandq_u32(m.v, vreinterpretq_u32_f32(a)));
}
static inline Float load_first(const float* p, int n, Float fill) {
  float buffer[4];
  store(buffer, fill);
  for (int i = 0; i < n; i++) buffer[i] = p[i];
  return load(buffer);
}
static inline void store_first(float* p, int n, Float v) {
  float buffer[4];
  store(buffer, v);
  for (int i = 0; i < n; i++) p[i] = buffer[i];
}
static inline Float gather(const float* p, Int index) {
  int32_t i[4];
  store(i, index);
  const float values[4] = {p[i[0]], p[i[1]], p[i[2]], p[i[3]]};
  return load(values);
}

static SEMD_ALWAYS_INLINE void prefetch(const float* p) { __builtin_prefetch(p); }

static inline Float add(Float a, Float b) { return vaddq_f32(a, b); }
static inline Float sub(Float a, Float b) { return vsubq_f32(a, b); }
static inline Float mul(Float a, Float b) { return vmulq_f32(a, b); }
static inline Float div(Float a, Float b) { return vdivq_f32(a, b); }
static inline Float fma(Float a, Float b, Float c) { return vfmaq_f32(c, a, b); }   // a b + c
static inline Float fnma(Float a, Float b, Float c) { return vfmsq_f32(c, a, b); }  // c - a b
static inline Float exact_fma(Float a, Float b, Float c) { return fma(a, b, c); }  // rounded once
// x - n log 2; the float32 nearest to log 2 is 2e-9 too large.
static inline Float take_off_ln2(Float n, Float x) { return fnma(n, broadcast(0.693147182f), x); }
static inline Float min(Float a, Float b) { return vminq_f32(a, b); }
static inline Float max(Float a, Float b) { return vmaxq_f32(a, b); }
static inline Float abs(Float a) { return vabsq_f32(a); }
static inline Float sqrt(Float a) { return vsqrtq_f32(a); }

static inline Mask less(Float a, Float b) { return {vcltq_f32(a, b)}; }
static inline Mask less_equal(Float a, Float b) { return {vcleq_f32(a, b)}; }
static inline Mask not_less(Float a, Float b) { return {vmvnq_u32(vcltq_f32(a, b))}; }  // true with a NaN
static inline Mask equal(Float a, Float b) { return {vceqq_f32(a, b)}; }
static inline Mask both(Mask a, Mask b) { return {vandq_u32(a.v, b.v)}; }
static inline Mask either(Mask a, Mask b) { return {vorrq_u32(a.v, b.v)}; }
static inline Mask invert(Mask a) { return {vmvnq_u32(a.v)}; }
static inline unsigned bits(Mask a) {
  static const uint32_t weights[4] = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32(a.v, vld1q_u32(weights)));
}
// m ? p 2^n : 0 for -126 <= n <= 127, where `shifted` is n + 1.5 2^23: its low bits are n's
static inline Float scale_or_zero(Mask m, Float p, Float, Float shifted) {
  const Int power = add(shift_left(as_int(shifted), 23), broadcast(int32_t{127 << 23}));
  return keep(m, mul(p, as_float(power)));
}
static inline Float add_where(Mask m, Float sum, Float a) { return add(sum, keep(m, a)); }

static inline Double zero_double() { return {vdupq_n_f64(0), vdupq_n_f64(0)}; }
static inline Double widen(Float a) { return {vcvt_f64_f32(vget_low_f32(a)), vcvt_high_f64_f32(a)}; }
static inline Float narrow(Double a) { return vcvt_high_f32_f64(vcvt_f32_f64(a.low), a.high); }
static inline Double load(const double* p) { return {vld1q_f64(p), vld1q_f64(p + 2)}; }
static inline void store(double* p, Double v) {
  vst1q_f64(p, v.low);
  vst1q_f64(p + 2, v.high);
}
static inline Double broadcast(double x) { return {vdupq_n_f64(x), vdupq_n_f64(x)}; }
static inline Double add(Double a, Double b) { return {vaddq_f64(a.low, b.low), vaddq_f64(a.high, b.high)}; }
static inline Double sub(Double a, Double b) { return {vsubq_f64(a.low, b.low), vsubq_f64(a.high, b.high)}; }
static inline Double mul(Double a, Double b) { return {vmulq_f64(a.low, b.low), vmulq_f64(a.high, b.high)}; }
static inline Double fma(Double a, Double b, Double c) {
  return {vfmaq_f64(c.low, a.low, b.low), vfmaq_f64(c.high, a.high, b.high)};
}
static inline Double div(Double a, Double b) { return {vdivq_f64(a.low, b.low), vdivq_f64(a.high, b.high)}; }
static inline Double select(Mask m, Double a, Double b) {
  const uint64x2_t low = vreinterpretq_u64_u32(vzip1q_u32(m.v, m.v)), high = vreinterpretq_u64_u32(vzip2q_u32(m.v, m.v));
  return {vbslq_f64(low, a.low, b.low), vbslq_f64(high, a.high, b.high)};
}
static inline Double sign(Double a) {  // -1, 0 or 1
  const float64x2_t one = vdupq_n_f64(1), minus = vdupq_n_f64(-1), none = vdupq_n_f64(0);
  auto half = [&](float64x2_t x) {
    return vbslq_f64(vcltq_f64(x, none), minus, vbslq_f64(vcgtq_f64(x, none), one, none));
  };
  return {half(a.low), half(a.high)};
}

static inline float first_lane(Float a) { return vgetq_lane_f32(a, 0); }
static inline float maximum(Float a) { return vmaxvq_f32(a); }
static inline double sum(Double a) { return vaddvq_f64(vaddq_f64(a.low, a.high)); }

// Four neighbours in a row; a vector consists of kLanes / 4 of them.
using Quad = Float;
static inline Quad load_quad(const float* p) { return load(p); }
static inline Quad load_quad_first(const float* p, int n) { return load_first(p, n, zero()); }  // 0 after the first n
static inline void store_quad(float* p, Quad q) { store(p, q); }
static inline void store_quad_first(float* p, int n, Quad q) { store_first(p, n, q); }
static inline Float join(const Quad* q) { return q[0]; }
static inline void split(Float v, Quad* q) { q[0] = v; }

// Transposes 4 x 4: four consecutive vectors of a row become columns of four neighbours, the chunks.
static inline void transpose_quads(Float& a, Float& b, Float& c, Float& d) {
  const Float p = vtrn1q_f32(a, b), q = vtrn2q_f32(a, b), r = vtrn1q_f32(c, d), s = vtrn2q_f32(c, d);
  auto join = [](Float low, Float high, bool upper) {
    const float64x2_t x = vreinterpretq_f64_f32(low), y = vreinterpretq_f64_f32(high);
    return vreinterpretq_f32_f64(upper ? vtrn2q_f64(x, y) : vtrn1q_f64(x, y));
  };
  a = join(p, r, false);
  b = join(q, s, false);
  c = join(p, r, true);
  d = join(q, s, true);
}

// The value `distance` chunks before (after) each lane's own, 0 past the ends; lane and chunk number agree here.
template <int distance, bool backward>
static inline Float neighbour_chunk(Float v) {
  return backward ? vextq_f32(v, zero(), distance) : vextq_f32(zero(), v, 4 - distance);
}

// Running sums over the chunks of each vector, each lane's own included.
template <bool backward, int n>
static inline void scan_chunks(Float (&v)[n]) {
  for (Float& x : v) x = add(x, neighbour_chunk<1, backward>(x));
  for (Float& x : v) x = add(x, neighbour_chunk<2, backward>(x));
}

template <bool backward>
static inline float last_chunk(Float v) {
  return backward ? vgetq_lane_f32(v, 0) : vgetq_lane_f32(v, 3);
}

}  // namespace SEMD_ISA
