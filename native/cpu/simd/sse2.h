// SSE2, the baseline of x86-64: 4 float lanes, full-width vectors as masks. The same names as in the other simd/ headers.
#pragma once

#include <emmintrin.h>

#include <cstdint>

namespace SEMD_ISA {

constexpr int kLanes = 4;

using Float = __m128;
using Int = __m128i;
struct Mask {
  __m128 v;
};

// As many doubles as Float has lanes, to which float32 runs are carried over.
struct Double {
  __m128d low, high;
};

static inline Float zero() { return _mm_setzero_ps(); }
static inline Float broadcast(float x) { return _mm_set1_ps(x); }
static inline Float load(const float* p) { return _mm_loadu_ps(p); }
static inline void store(float* p, Float v) { _mm_storeu_ps(p, v); }

static inline Int broadcast(int32_t x) { return _mm_set1_epi32(x); }
static inline Int load(const int32_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
static inline void store(int32_t* p, Int v) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), v); }
static inline Int add(Int a, Int b) { return _mm_add_epi32(a, b); }
static inline Int sub(Int a, Int b) { return _mm_sub_epi32(a, b); }
static inline Int mul(Int a, Int b) {  // the low halves of 64-bit products of the even and the odd lanes
  const __m128i even = _mm_mul_epu32(a, b), odd = _mm_mul_epu32(_mm_srli_si128(a, 4), _mm_srli_si128(b, 4));
  return _mm_unpacklo_epi32(_mm_shuffle_epi32(even, 0x08), _mm_shuffle_epi32(odd, 0x08));
}
static inline Int lane_numbers() { return _mm_setr_epi32(0, 1, 2, 3); }
static inline Int as_int(Float a) { return _mm_castps_si128(a); }
static inline Float as_float(Int a) { return _mm_castsi128_ps(a); }
static inline Int shift_right(Int a, int n) { return _mm_srai_epi32(a, n); }
static inline Int shift_left(Int a, int n) { return _mm_slli_epi32(a, n); }
static inline Float to_float(Int a) { return _mm_cvtepi32_ps(a); }
static inline Mask less(Int a, Int b) { return {as_float(_mm_cmplt_epi32(a, b))}; }
static inline Mask equal(Int a, Int b) { return {as_float(_mm_cmpeq_epi32(a, b))}; }

static inline Mask first(int n) { return less(lane_numbers(), broadcast(int32_t{n})); }
static inline Float keep(Mask m, Float a) { return _mm_and_ps(m.v, a); }  // m ? a : 0
static inline Float select(Mask m, Float a, Float b) {                    // m ? a : b
  return _mm_or_ps(_mm_and_ps(m.v, a), _mm_andnot_ps(m.v, b));
}
static inline Int select(Mask m, Int a, Int b) { return as_int(select(m, as_float(a), as_float(b))); }
static inline Float load_first(const float* p, int n, Float fill) {
  alignas(16) float buffer[4];
  store(buffer, fill);
  for (int i = 0; i < n; i++) buffer[i] = p[i];
  return load(buffer);
}
static inline void store_first(float* p, int n, Float v) {
  alignas(16) float buffer[4];
  store(buffer, v);
  for (int i = 0; i < n; i++) p[i] = buffer[i];
}
static inline Float gather(const float* p, Int index) {
  alignas(16) int32_t i[4];
  store(i, index);
  return _mm_setr_ps(p[i[0]], p[i[1]], p[i[2]], p[i[3]]);
}

static SEMD_ALWAYS_INLINE void prefetch(const float* p) { _mm_prefetch(reinterpret_cast<const char*>(p), _MM_HINT_T0); }

static inline Float add(Float a, Float b) { return _mm_add_ps(a, b); }
static inline Float sub(Float a, Float b) { return _mm_sub_ps(a, b); }
static inline Float mul(Float a, Float b) { return _mm_mul_ps(a, b); }
static inline Float div(Float a, Float b) { return _mm_div_ps(a, b); }
static inline Float fma(Float a, Float b, Float c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }    // a b + c
static inline Float fnma(Float a, Float b, Float c) { return _mm_sub_ps(c, _mm_mul_ps(a, b)); }  // c - a b
// x - n log 2, in two parts of which the first has an exact product.
static inline Float take_off_ln2(Float n, Float x) {
  return fnma(n, broadcast(-2.12194440e-4f), fnma(n, broadcast(0.693359375f), x));
}
static inline Float min(Float a, Float b) { return _mm_min_ps(a, b); }
static inline Float max(Float a, Float b) { return _mm_max_ps(a, b); }
static inline Float abs(Float a) { return _mm_andnot_ps(broadcast(-0.0f), a); }
static inline Float sqrt(Float a) { return _mm_sqrt_ps(a); }

static inline Mask less(Float a, Float b) { return {_mm_cmplt_ps(a, b)}; }
static inline Mask less_equal(Float a, Float b) { return {_mm_cmple_ps(a, b)}; }
static inline Mask not_less(Float a, Float b) { return {_mm_cmpnlt_ps(a, b)}; }  // true with a NaN
static inline Mask equal(Float a, Float b) { return {_mm_cmpeq_ps(a, b)}; }
static inline Mask both(Mask a, Mask b) { return {_mm_and_ps(a.v, b.v)}; }
static inline Mask either(Mask a, Mask b) { return {_mm_or_ps(a.v, b.v)}; }
static inline Mask invert(Mask a) { return {_mm_xor_ps(a.v, as_float(broadcast(int32_t{-1})))}; }
static inline unsigned bits(Mask a) { return static_cast<unsigned>(_mm_movemask_ps(a.v)); }
// m ? p 2^n : 0 for -126 <= n <= 127, where `shifted` is n + 1.5 2^23: its low bits are n's
static inline Float scale_or_zero(Mask m, Float p, Float, Float shifted) {
  const Int power = add(shift_left(as_int(shifted), 23), broadcast(int32_t{127 << 23}));
  return keep(m, mul(p, as_float(power)));
}
static inline Float add_where(Mask m, Float sum, Float a) { return add(sum, keep(m, a)); }

static inline Double zero_double() { return {_mm_setzero_pd(), _mm_setzero_pd()}; }
static inline Double widen(Float a) { return {_mm_cvtps_pd(a), _mm_cvtps_pd(_mm_movehl_ps(a, a))}; }
static inline Float narrow(Double a) { return _mm_movelh_ps(_mm_cvtpd_ps(a.low), _mm_cvtpd_ps(a.high)); }
static inline Double load(const double* p) { return {_mm_loadu_pd(p), _mm_loadu_pd(p + 2)}; }
static inline void store(double* p, Double v) {
  _mm_storeu_pd(p, v.low);
  _mm_storeu_pd(p + 2, v.high);
}
static inline Double broadcast(double x) { return {_mm_set1_pd(x), _mm_set1_pd(x)}; }
static inline Double add(Double a, Double b) { return {_mm_add_pd(a.low, b.low), _mm_add_pd(a.high, b.high)}; }
static inline Double sub(Double a, Double b) { return {_mm_sub_pd(a.low, b.low), _mm_sub_pd(a.high, b.high)}; }
static inline Double mul(Double a, Double b) { return {_mm_mul_pd(a.low, b.low), _mm_mul_pd(a.high, b.high)}; }
static inline Double fma(Double a, Double b, Double c) { return add(mul(a, b), c); }
static inline Double div(Double a, Double b) { return {_mm_div_pd(a.low, b.low), _mm_div_pd(a.high, b.high)}; }
static inline Float exact_fma(Float a, Float b, Float c) {  // a b + c, the product unrounded
  return narrow(fma(widen(a), widen(b), widen(c)));
}
static inline Double select(Mask m, Double a, Double b) {
  auto half = [](__m128 mask, __m128d x, __m128d y) {
    const __m128d d = _mm_castps_pd(mask);
    return _mm_or_pd(_mm_and_pd(d, x), _mm_andnot_pd(d, y));
  };
  return {half(_mm_unpacklo_ps(m.v, m.v), a.low, b.low), half(_mm_unpackhi_ps(m.v, m.v), a.high, b.high)};
}
static inline Double sign(Double a) {  // -1, 0 or 1
  const __m128d one = _mm_set1_pd(1), s = _mm_set1_pd(-0.0), none = _mm_setzero_pd();
  auto half = [&](__m128d x) {
    const __m128d different = _mm_or_pd(_mm_cmplt_pd(x, none), _mm_cmpgt_pd(x, none));
    return _mm_and_pd(different, _mm_or_pd(_mm_and_pd(x, s), one));
  };
  return {half(a.low), half(a.high)};
}

static inline float first_lane(Float a) { return _mm_cvtss_f32(a); }
static inline float maximum(Float a) {
  const __m128 v = _mm_max_ps(a, _mm_movehl_ps(a, a));
  return _mm_cvtss_f32(_mm_max_ss(v, _mm_shuffle_ps(v, v, 0x55)));
}
static inline double sum(Double a) {
  const __m128d v = _mm_add_pd(a.low, a.high);
  return _mm_cvtsd_f64(_mm_add_sd(v, _mm_unpackhi_pd(v, v)));
}

// Four neighbours in a row; a vector consists of kLanes / 4 of them.
using Quad = Float;
static inline Quad load_quad(const float* p) { return load(p); }
static inline Quad load_quad_first(const float* p, int n) { return load_first(p, n, zero()); }  // 0 after the first n
static inline void store_quad(float* p, Quad q) { store(p, q); }
static inline void store_quad_first(float* p, int n, Quad q) { store_first(p, n, q); }
static inline Float join(const Quad* q) { return q[0]; }
static inline void split(Float v, Quad* q) { q[0] = v; }

// Transposes 4 x 4: four consecutive vectors of a row become columns of four neighbours, the chunks.
static inline void transpose_quads(Float& a, Float& b, Float& c, Float& d) { _MM_TRANSPOSE4_PS(a, b, c, d); }

// The value `distance` chunks before (after) each lane's own, 0 past the ends; lane and chunk number agree here.
template <int distance, bool backward>
static inline Float neighbour_chunk(Float v) {
  return as_float(backward ? _mm_srli_si128(as_int(v), 4 * distance) : _mm_slli_si128(as_int(v), 4 * distance));
}

// Running sums over the chunks of each vector, each lane's own included.
template <bool backward, int n>
static inline void scan_chunks(Float (&v)[n]) {
  for (Float& x : v) x = add(x, neighbour_chunk<1, backward>(x));
  for (Float& x : v) x = add(x, neighbour_chunk<2, backward>(x));
}

template <bool backward>
static inline float last_chunk(Float v) {
  return _mm_cvtss_f32(backward ? v : _mm_shuffle_ps(v, v, 0xff));
}

}  // namespace SEMD_ISA
