// AVX-512 (F, BW, DQ, VL): 16 float lanes, predicate registers as masks. The same names as in the other simd/ headers.
#pragma once

#include <immintrin.h>

#if defined(__GNUC__) && !defined(__clang__)
// GCC's own header initializes vectors with themselves (GCC bug 105593), which this warning is about.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include <cstdint>

namespace SEMD_ISA {

constexpr int kLanes = 16;

using Float = __m512;
using Int = __m512i;
using Mask = __mmask16;

// As many doubles as Float has lanes, to which float32 runs are carried over.
struct Double {
  __m512d low, high;
};

static inline Float zero() { return _mm512_setzero_ps(); }
static inline Float broadcast(float x) { return _mm512_set1_ps(x); }
static inline Float load(const float* p) { return _mm512_loadu_ps(p); }
static inline void store(float* p, Float v) { _mm512_storeu_ps(p, v); }

static inline Mask first(int n) { return static_cast<Mask>((1u << n) - 1u); }  // 0 <= n <= 16
static inline Float load_first(const float* p, int n, Float fill) { return _mm512_mask_loadu_ps(fill, first(n), p); }
static inline void store_first(float* p, int n, Float v) { _mm512_mask_storeu_ps(p, first(n), v); }
static inline Float gather(const float* p, Int index) { return _mm512_i32gather_ps(index, p, 4); }

static SEMD_ALWAYS_INLINE void prefetch(const float* p) { _mm_prefetch(reinterpret_cast<const char*>(p), _MM_HINT_T0); }

static inline Float add(Float a, Float b) { return _mm512_add_ps(a, b); }
static inline Float sub(Float a, Float b) { return _mm512_sub_ps(a, b); }
static inline Float mul(Float a, Float b) { return _mm512_mul_ps(a, b); }
static inline Float div(Float a, Float b) { return _mm512_div_ps(a, b); }
static inline Float fma(Float a, Float b, Float c) { return _mm512_fmadd_ps(a, b, c); }    // a b + c
static inline Float fnma(Float a, Float b, Float c) { return _mm512_fnmadd_ps(a, b, c); }  // c - a b
static inline Float exact_fma(Float a, Float b, Float c) { return fma(a, b, c); }  // rounded once
// x - n log 2; the float32 nearest to log 2 is 2e-9 too large.
static inline Float take_off_ln2(Float n, Float x) { return fnma(n, broadcast(0.693147182f), x); }
static inline Float min(Float a, Float b) { return _mm512_min_ps(a, b); }
static inline Float max(Float a, Float b) { return _mm512_max_ps(a, b); }
static inline Float abs(Float a) { return _mm512_abs_ps(a); }
static inline Float sqrt(Float a) { return _mm512_sqrt_ps(a); }

static inline Mask less(Float a, Float b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
static inline Mask less_equal(Float a, Float b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
static inline Mask not_less(Float a, Float b) { return _mm512_cmp_ps_mask(a, b, _CMP_NLT_UQ); }  // true with a NaN
static inline Mask equal(Float a, Float b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
static inline Mask both(Mask a, Mask b) { return static_cast<Mask>(a & b); }
static inline Mask either(Mask a, Mask b) { return static_cast<Mask>(a | b); }
static inline Mask invert(Mask a) { return static_cast<Mask>(~a); }
static inline unsigned bits(Mask a) { return a; }

static inline Float select(Mask m, Float a, Float b) { return _mm512_mask_blend_ps(m, b, a); }  // m ? a : b
static inline Float keep(Mask m, Float a) { return _mm512_maskz_mov_ps(m, a); }                 // m ? a : 0
// m ? p 2^n : 0, where `shifted` is n + 1.5 2^23
static inline Float scale_or_zero(Mask m, Float p, Float n, Float) { return _mm512_maskz_scalef_ps(m, p, n); }
static inline Float add_where(Mask m, Float sum, Float a) { return _mm512_mask_add_ps(sum, m, sum, a); }

static inline Int broadcast(int32_t x) { return _mm512_set1_epi32(x); }
static inline Int load(const int32_t* p) { return _mm512_loadu_si512(p); }
static inline void store(int32_t* p, Int v) { _mm512_storeu_si512(p, v); }
static inline Int add(Int a, Int b) { return _mm512_add_epi32(a, b); }
static inline Int sub(Int a, Int b) { return _mm512_sub_epi32(a, b); }
static inline Int mul(Int a, Int b) { return _mm512_mullo_epi32(a, b); }
static inline Int lane_numbers() {
  return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
static inline Mask less(Int a, Int b) { return _mm512_cmplt_epi32_mask(a, b); }
static inline Mask equal(Int a, Int b) { return _mm512_cmpeq_epi32_mask(a, b); }
static inline Int select(Mask m, Int a, Int b) { return _mm512_mask_blend_epi32(m, b, a); }
static inline Int as_int(Float a) { return _mm512_castps_si512(a); }
static inline Float as_float(Int a) { return _mm512_castsi512_ps(a); }
static inline Int shift_right(Int a, int n) { return _mm512_srai_epi32(a, static_cast<unsigned>(n)); }
static inline Int shift_left(Int a, int n) { return _mm512_slli_epi32(a, static_cast<unsigned>(n)); }
static inline Float to_float(Int a) { return _mm512_cvtepi32_ps(a); }

static inline Double zero_double() { return {_mm512_setzero_pd(), _mm512_setzero_pd()}; }
static inline Double widen(Float a) {
  return {_mm512_cvtps_pd(_mm512_castps512_ps256(a)), _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1))};
}
static inline Float narrow(Double a) {
  return _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(a.low)), _mm512_cvtpd_ps(a.high), 1);
}
static inline Double load(const double* p) { return {_mm512_loadu_pd(p), _mm512_loadu_pd(p + 8)}; }
static inline void store(double* p, Double v) {
  _mm512_storeu_pd(p, v.low);
  _mm512_storeu_pd(p + 8, v.high);
}
static inline Double broadcast(double x) { return {_mm512_set1_pd(x), _mm512_set1_pd(x)}; }
static inline Double add(Double a, Double b) { return {_mm512_add_pd(a.low, b.low), _mm512_add_pd(a.high, b.high)}; }
static inline Double sub(Double a, Double b) { return {_mm512_sub_pd(a.low, b.low), _mm512_sub_pd(a.high, b.high)}; }
static inline Double mul(Double a, Double b) { return {_mm512_mul_pd(a.low, b.low), _mm512_mul_pd(a.high, b.high)}; }
static inline Double div(Double a, Double b) { return {_mm512_div_pd(a.low, b.low), _mm512_div_pd(a.high, b.high)}; }
static inline Double fma(Double a, Double b, Double c) {
  return {_mm512_fmadd_pd(a.low, b.low, c.low), _mm512_fmadd_pd(a.high, b.high, c.high)};
}
static inline Double select(Mask m, Double a, Double b) {
  return {_mm512_mask_blend_pd(static_cast<__mmask8>(m), b.low, a.low),
          _mm512_mask_blend_pd(static_cast<__mmask8>(m >> 8), b.high, a.high)};
}
static inline Double sign(Double a) {  // -1, 0 or 1
  const __m512d one = _mm512_set1_pd(1), minus = _mm512_set1_pd(-1), none = _mm512_setzero_pd();
  auto half = [&](__m512d x) {
    const __m512d up = _mm512_maskz_mov_pd(_mm512_cmp_pd_mask(x, none, _CMP_GT_OQ), one);
    return _mm512_mask_mov_pd(up, _mm512_cmp_pd_mask(x, none, _CMP_LT_OQ), minus);
  };
  return {half(a.low), half(a.high)};
}

static inline float first_lane(Float a) { return _mm512_cvtss_f32(a); }
static inline float maximum(Float a) { return _mm512_reduce_max_ps(a); }
static inline double sum(Double a) { return _mm512_reduce_add_pd(_mm512_add_pd(a.low, a.high)); }

// Four neighbours in a row; a vector consists of kLanes / 4 of them.
using Quad = __m128;
static inline Quad load_quad(const float* p) { return _mm_loadu_ps(p); }
static inline Quad load_quad_first(const float* p, int n) {  // 0 after the first n
  return _mm_maskz_loadu_ps(static_cast<__mmask8>((1u << n) - 1u), p);
}
static inline Quad add(Quad a, Quad b) { return _mm_add_ps(a, b); }
static inline void store_quad(float* p, Quad q) { _mm_storeu_ps(p, q); }
static inline void store_quad_first(float* p, int n, Quad q) {
  _mm_mask_storeu_ps(p, static_cast<__mmask8>((1u << n) - 1u), q);
}
static inline Float join(const Quad* q) {
  const __m256 low = _mm256_insertf128_ps(_mm256_castps128_ps256(q[0]), q[1], 1);
  const __m256 high = _mm256_insertf128_ps(_mm256_castps128_ps256(q[2]), q[3], 1);
  return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}
static inline void split(Float v, Quad* q) {
  q[0] = _mm512_castps512_ps128(v);
  q[1] = _mm512_extractf32x4_ps(v, 1);
  q[2] = _mm512_extractf32x4_ps(v, 2);
  q[3] = _mm512_extractf32x4_ps(v, 3);
}

// Transposes 4 x 4 in every 128-bit part: four consecutive vectors of a row become columns of four neighbours, the chunks.
static inline void transpose_quads(Float& a, Float& b, Float& c, Float& d) {
  const Float p = _mm512_unpacklo_ps(a, b), q = _mm512_unpackhi_ps(a, b);
  const Float r = _mm512_unpacklo_ps(c, d), s = _mm512_unpackhi_ps(c, d);
  a = _mm512_shuffle_ps(p, r, 0x44);
  b = _mm512_shuffle_ps(p, r, 0xee);
  c = _mm512_shuffle_ps(q, s, 0x44);
  d = _mm512_shuffle_ps(q, s, 0xee);
}

// The value `distance` chunks before (backward: after) each lane's own, 0 past the ends. After transpose_quads lane 4 q + a
// holds chunk 4 a + q of the block.
template <int distance, bool backward>
static inline Float neighbour_chunk(Float v) {
  struct Table {
    int32_t index[16];
    unsigned present;
  };
  alignas(64) static constexpr Table table = [] {
    Table t{};
    for (int lane = 0; lane < 16; lane++) {
      const int chunk = 4 * (lane % 4) + lane / 4, from = backward ? chunk + distance : chunk - distance;
      if (from < 0 || from > 15) continue;
      t.index[lane] = 4 * (from % 4) + from / 4;
      t.present |= 1u << lane;
    }
    return t;
  }();
  return _mm512_maskz_permutexvar_ps(static_cast<Mask>(table.present), _mm512_load_si512(table.index), v);
}

// Running sums over the chunks of each vector, each lane's own included.
template <bool backward, int n>
static inline void scan_chunks(Float (&v)[n]) {
  for (Float& x : v) x = add(x, neighbour_chunk<1, backward>(x));
  for (Float& x : v) x = add(x, neighbour_chunk<2, backward>(x));
  for (Float& x : v) x = add(x, neighbour_chunk<4, backward>(x));
  for (Float& x : v) x = add(x, neighbour_chunk<8, backward>(x));
}

template <bool backward>
static inline float last_chunk(Float v) {
  return backward ? _mm512_cvtss_f32(v) : _mm_cvtss_f32(_mm_permute_ps(_mm512_extractf32x4_ps(v, 3), 0xff));
}

}  // namespace SEMD_ISA
