// AVX2 and FMA: 8 float lanes, full-width vectors as masks. The same names as in the other simd/ headers.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace SEMD_ISA {

constexpr int kLanes = 8;

using Float = __m256;
using Int = __m256i;
struct Mask {
  __m256 v;
};

// As many doubles as Float has lanes, to which float32 runs are carried over.
struct Double {
  __m256d low, high;
};

static inline Float zero() { return _mm256_setzero_ps(); }
static inline Float broadcast(float x) { return _mm256_set1_ps(x); }
static inline Float load(const float* p) { return _mm256_loadu_ps(p); }
static inline void store(float* p, Float v) { _mm256_storeu_ps(p, v); }

static inline Int broadcast(int32_t x) { return _mm256_set1_epi32(x); }
static inline Int load(const int32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
static inline void store(int32_t* p, Int v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }
static inline Int add(Int a, Int b) { return _mm256_add_epi32(a, b); }
static inline Int sub(Int a, Int b) { return _mm256_sub_epi32(a, b); }
static inline Int mul(Int a, Int b) { return _mm256_mullo_epi32(a, b); }
static inline Int lane_numbers() { return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7); }
static inline Int as_int(Float a) { return _mm256_castps_si256(a); }
static inline Float as_float(Int a) { return _mm256_castsi256_ps(a); }
static inline Int shift_right(Int a, int n) { return _mm256_srai_epi32(a, n); }
static inline Int shift_left(Int a, int n) { return _mm256_slli_epi32(a, n); }
static inline Float to_float(Int a) { return _mm256_cvtepi32_ps(a); }
static inline Mask less(Int a, Int b) { return {as_float(_mm256_cmpgt_epi32(b, a))}; }
static inline Mask equal(Int a, Int b) { return {as_float(_mm256_cmpeq_epi32(a, b))}; }

static inline Mask first(int n) { return less(lane_numbers(), broadcast(int32_t{n})); }
static inline Float select(Mask m, Float a, Float b) { return _mm256_blendv_ps(b, a, m.v); }  // m ? a : b
static inline Int select(Mask m, Int a, Int b) { return as_int(select(m, as_float(a), as_float(b))); }
static inline Float keep(Mask m, Float a) { return _mm256_and_ps(m.v, a); }  // m ? a : 0
static inline Float load_first(const float* p, int n, Float fill) {
  const Mask m = first(n);
  return select(m, _mm256_maskload_ps(p, as_int(m.v)), fill);
}
static inline void store_first(float* p, int n, Float v) { _mm256_maskstore_ps(p, as_int(first(n).v), v); }
static inline Float gather(const float* p, Int index) { return _mm256_i32gather_ps(p, index, 4); }

static SEMD_ALWAYS_INLINE void prefetch(const float* p) { _mm_prefetch(reinterpret_cast<const char*>(p), _MM_HINT_T0); }

static inline Float add(Float a, Float b) { return _mm256_add_ps(a, b); }
static inline Float sub(Float a, Float b) { return _mm256_sub_ps(a, b); }
static inline Float mul(Float a, Float b) { return _mm256_mul_ps(a, b); }
static inline Float div(Float a, Float b) { return _mm256_div_ps(a, b); }
static inline Float fma(Float a, Float b, Float c) { return _mm256_fmadd_ps(a, b, c); }    // a b + c
static inline Float fnma(Float a, Float b, Float c) { return _mm256_fnmadd_ps(a, b, c); }  // c - a b
static inline Float exact_fma(Float a, Float b, Float c) { return fma(a, b, c); }  // rounded once
// x - n log 2; the float32 nearest to log 2 is 2e-9 too large.
static inline Float take_off_ln2(Float n, Float x) { return fnma(n, broadcast(0.693147182f), x); }
static inline Float min(Float a, Float b) { return _mm256_min_ps(a, b); }
static inline Float max(Float a, Float b) { return _mm256_max_ps(a, b); }
static inline Float abs(Float a) { return _mm256_andnot_ps(broadcast(-0.0f), a); }
static inline Float sqrt(Float a) { return _mm256_sqrt_ps(a); }

static inline Mask less(Float a, Float b) { return {_mm256_cmp_ps(a, b, _CMP_LT_OQ)}; }
static inline Mask less_equal(Float a, Float b) { return {_mm256_cmp_ps(a, b, _CMP_LE_OQ)}; }
static inline Mask not_less(Float a, Float b) { return {_mm256_cmp_ps(a, b, _CMP_NLT_UQ)}; }  // true with a NaN
static inline Mask equal(Float a, Float b) { return {_mm256_cmp_ps(a, b, _CMP_EQ_OQ)}; }
static inline Mask both(Mask a, Mask b) { return {_mm256_and_ps(a.v, b.v)}; }
static inline Mask either(Mask a, Mask b) { return {_mm256_or_ps(a.v, b.v)}; }
static inline Mask invert(Mask a) { return {_mm256_xor_ps(a.v, as_float(broadcast(int32_t{-1})))}; }
static inline unsigned bits(Mask a) { return static_cast<unsigned>(_mm256_movemask_ps(a.v)); }
// m ? p 2^n : 0 for -126 <= n <= 127, where `shifted` is n + 1.5 2^23: its low bits are n's
static inline Float scale_or_zero(Mask m, Float p, Float, Float shifted) {
  const Int power = add(shift_left(as_int(shifted), 23), broadcast(int32_t{127 << 23}));
  return keep(m, mul(p, as_float(power)));
}
static inline Float add_where(Mask m, Float sum, Float a) { return add(sum, keep(m, a)); }

static inline Double zero_double() { return {_mm256_setzero_pd(), _mm256_setzero_pd()}; }
static inline Double widen(Float a) {
  return {_mm256_cvtps_pd(_mm256_castps256_ps128(a)), _mm256_cvtps_pd(_mm256_extractf128_ps(a, 1))};
}
static inline Float narrow(Double a) { return _mm256_set_m128(_mm256_cvtpd_ps(a.high), _mm256_cvtpd_ps(a.low)); }
static inline Double load(const double* p) { return {_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4)}; }
static inline void store(double* p, Double v) {
  _mm256_storeu_pd(p, v.low);
  _mm256_storeu_pd(p + 4, v.high);
}
static inline Double broadcast(double x) { return {_mm256_set1_pd(x), _mm256_set1_pd(x)}; }
static inline Double add(Double a, Double b) { return {_mm256_add_pd(a.low, b.low), _mm256_add_pd(a.high, b.high)}; }
static inline Double sub(Double a, Double b) { return {_mm256_sub_pd(a.low, b.low), _mm256_sub_pd(a.high, b.high)}; }
static inline Double mul(Double a, Double b) { return {_mm256_mul_pd(a.low, b.low), _mm256_mul_pd(a.high, b.high)}; }
static inline Double div(Double a, Double b) { return {_mm256_div_pd(a.low, b.low), _mm256_div_pd(a.high, b.high)}; }
static inline Double fma(Double a, Double b, Double c) {
  return {_mm256_fmadd_pd(a.low, b.low, c.low), _mm256_fmadd_pd(a.high, b.high, c.high)};
}
static inline Double select(Mask m, Double a, Double b) {
  const __m256i i = as_int(m.v);
  const __m256d low = _mm256_castsi256_pd(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(i)));
  const __m256d high = _mm256_castsi256_pd(_mm256_cvtepi32_epi64(_mm256_extracti128_si256(i, 1)));
  return {_mm256_blendv_pd(b.low, a.low, low), _mm256_blendv_pd(b.high, a.high, high)};
}
static inline Double sign(Double a) {  // -1, 0 or 1
  const __m256d one = _mm256_set1_pd(1), s = _mm256_set1_pd(-0.0), none = _mm256_setzero_pd();
  auto half = [&](__m256d x) {
    return _mm256_and_pd(_mm256_cmp_pd(x, none, _CMP_NEQ_OQ), _mm256_or_pd(_mm256_and_pd(x, s), one));
  };
  return {half(a.low), half(a.high)};
}

static inline float first_lane(Float a) { return _mm256_cvtss_f32(a); }
static inline float maximum(Float a) {
  __m128 v = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  v = _mm_max_ps(v, _mm_movehl_ps(v, v));
  return _mm_cvtss_f32(_mm_max_ss(v, _mm_movehdup_ps(v)));
}
static inline double sum(Double a) {
  const __m256d v = _mm256_add_pd(a.low, a.high);
  const __m128d w = _mm_add_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd(v, 1));
  return _mm_cvtsd_f64(_mm_add_sd(w, _mm_unpackhi_pd(w, w)));
}

// Four neighbours in a row; a vector consists of kLanes / 4 of them.
using Quad = __m128;
static inline Quad load_quad(const float* p) { return _mm_loadu_ps(p); }
static inline __m128i first_of_quad(int n) { return _mm_cmplt_epi32(_mm_setr_epi32(0, 1, 2, 3), _mm_set1_epi32(n)); }
static inline Quad load_quad_first(const float* p, int n) {  // 0 after the first n
  return _mm_maskload_ps(p, first_of_quad(n));
}
static inline Quad add(Quad a, Quad b) { return _mm_add_ps(a, b); }
static inline void store_quad(float* p, Quad q) { _mm_storeu_ps(p, q); }
static inline void store_quad_first(float* p, int n, Quad q) { _mm_maskstore_ps(p, first_of_quad(n), q); }
static inline Float join(const Quad* q) { return _mm256_insertf128_ps(_mm256_castps128_ps256(q[0]), q[1], 1); }
static inline void split(Float v, Quad* q) {
  q[0] = _mm256_castps256_ps128(v);
  q[1] = _mm256_extractf128_ps(v, 1);
}

// Transposes 4 x 4 in every 128-bit part: four consecutive vectors of a row become columns of four neighbours, the chunks.
static inline void transpose_quads(Float& a, Float& b, Float& c, Float& d) {
  const Float p = _mm256_unpacklo_ps(a, b), q = _mm256_unpackhi_ps(a, b);
  const Float r = _mm256_unpacklo_ps(c, d), s = _mm256_unpackhi_ps(c, d);
  a = _mm256_shuffle_ps(p, r, 0x44);
  b = _mm256_shuffle_ps(p, r, 0xee);
  c = _mm256_shuffle_ps(q, s, 0x44);
  d = _mm256_shuffle_ps(q, s, 0xee);
}

// The value `distance` chunks before (backward: after) each lane's own, 0 past the ends. After transpose_quads lane 4 q + a
// holds chunk 2 a + q of the block.
template <int distance, bool backward>
static inline Float neighbour_chunk(Float v) {
  struct Table {
    int32_t index[8], present[8];
  };
  alignas(32) static constexpr Table table = [] {
    Table t{};
    for (int lane = 0; lane < 8; lane++) {
      const int chunk = 2 * (lane % 4) + lane / 4, from = backward ? chunk + distance : chunk - distance;
      if (from < 0 || from > 7) continue;
      t.index[lane] = 4 * (from % 2) + from / 2;
      t.present[lane] = -1;
    }
    return t;
  }();
  return keep({as_float(load(table.present))}, _mm256_permutevar8x32_ps(v, load(table.index)));
}

// Running sums over the chunks of each vector, each lane's own included.
template <bool backward, int n>
static inline void scan_chunks(Float (&v)[n]) {
  for (Float& x : v) x = add(x, neighbour_chunk<1, backward>(x));
  for (Float& x : v) x = add(x, neighbour_chunk<2, backward>(x));
  for (Float& x : v) x = add(x, neighbour_chunk<4, backward>(x));
}

template <bool backward>
static inline float last_chunk(Float v) {
  return backward ? _mm256_cvtss_f32(v) : _mm_cvtss_f32(_mm_permute_ps(_mm256_extractf128_ps(v, 1), 0xff));
}

}  // namespace SEMD_ISA
