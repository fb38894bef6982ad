// WebAssembly's fixed-width SIMD: 4 float lanes, full-width vectors as masks. The same names as in the other simd/ headers, and
// the same results, bit for bit, as sse2.h.
#pragma once

#include <wasm_simd128.h>

#include <cstdint>

namespace SEMD_ISA {

constexpr int kLanes = 4;

// WebAssembly has one type for all vectors; overloads need one per kind of element.
struct Float {
  v128_t v;
};
struct Int {
  v128_t v;
};
struct Mask {
  v128_t v;
};

// As many doubles as Float has lanes, to which float32 runs are carried over.
struct Double {
  v128_t low, high;
};

static inline Float zero() { return {wasm_f32x4_const_splat(0)}; }
static inline Float broadcast(float x) { return {wasm_f32x4_splat(x)}; }
static inline Float load(const float* p) { return {wasm_v128_load(p)}; }
static inline void store(float* p, Float v) { wasm_v128_store(p, v.v); }

static inline Int broadcast(int32_t x) { return {wasm_i32x4_splat(x)}; }
static inline Int load(const int32_t* p) { return {wasm_v128_load(p)}; }
static inline void store(int32_t* p, Int v) { wasm_v128_store(p, v.v); }
static inline Int add(Int a, Int b) { return {wasm_i32x4_add(a.v, b.v)}; }
static inline Int sub(Int a, Int b) { return {wasm_i32x4_sub(a.v, b.v)}; }
static inline Int mul(Int a, Int b) { return {wasm_i32x4_mul(a.v, b.v)}; }
static inline Int lane_numbers() { return {wasm_i32x4_const(0, 1, 2, 3)}; }
static inline Int as_int(Float a) { return {a.v}; }
static inline Float as_float(Int a) { return {a.v}; }
static inline Int shift_right(Int a, int n) { return {wasm_i32x4_shr(a.v, static_cast<uint32_t>(n))}; }
static inline Int shift_left(Int a, int n) { return {wasm_i32x4_shl(a.v, static_cast<uint32_t>(n))}; }
static inline Float to_float(Int a) { return {wasm_f32x4_convert_i32x4(a.v)}; }
static inline Mask less(Int a, Int b) { return {wasm_i32x4_lt(a.v, b.v)}; }
static inline Mask equal(Int a, Int b) { return {wasm_i32x4_eq(a.v, b.v)}; }

static inline Mask first(int n) { return less(lane_numbers(), broadcast(int32_t{n})); }
static inline Float keep(Mask m, Float a) { return {wasm_v128_and(m.v, a.v)}; }  // m ? a : 0
static inline Float select(Mask m, Float a, Float b) { return {wasm_v128_bitselect(a.v, b.v, m.v)}; }  // m ? a : b
static inline Int select(Mask m, Int a, Int b) { return {wasm_v128_bitselect(a.v, b.v, m.v)}; }
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
  return {wasm_f32x4_make(p[wasm_i32x4_extract_lane(index.v, 0)], p[wasm_i32x4_extract_lane(index.v, 1)],
                          p[wasm_i32x4_extract_lane(index.v, 2)], p[wasm_i32x4_extract_lane(index.v, 3)])};
}

// WebAssembly has no such instruction.
static SEMD_ALWAYS_INLINE void prefetch(const float*) {}

static inline Float add(Float a, Float b) { return {wasm_f32x4_add(a.v, b.v)}; }
static inline Float sub(Float a, Float b) { return {wasm_f32x4_sub(a.v, b.v)}; }
static inline Float mul(Float a, Float b) { return {wasm_f32x4_mul(a.v, b.v)}; }
static inline Float div(Float a, Float b) { return {wasm_f32x4_div(a.v, b.v)}; }
// Not those of relaxed SIMD, whose bits differ from machine to machine.
static inline Float fma(Float a, Float b, Float c) { return add(mul(a, b), c); }   // a b + c
static inline Float fnma(Float a, Float b, Float c) { return sub(c, mul(a, b)); }  // c - a b
// x - n log 2, in two parts of which the first has an exact product.
static inline Float take_off_ln2(Float n, Float x) {
  return fnma(n, broadcast(-2.12194440e-4f), fnma(n, broadcast(0.693359375f), x));
}
// With a NaN the result is b, as with SSE; on x86 these are single instructions.
static inline Float min(Float a, Float b) { return {wasm_f32x4_pmin(b.v, a.v)}; }
static inline Float max(Float a, Float b) { return {wasm_f32x4_pmax(b.v, a.v)}; }
static inline Float abs(Float a) { return {wasm_f32x4_abs(a.v)}; }
static inline Float sqrt(Float a) { return {wasm_f32x4_sqrt(a.v)}; }

static inline Mask less(Float a, Float b) { return {wasm_f32x4_lt(a.v, b.v)}; }
static inline Mask less_equal(Float a, Float b) { return {wasm_f32x4_le(a.v, b.v)}; }
static inline Mask not_less(Float a, Float b) { return {wasm_v128_not(wasm_f32x4_lt(a.v, b.v))}; }  // true with a NaN
static inline Mask equal(Float a, Float b) { return {wasm_f32x4_eq(a.v, b.v)}; }
static inline Mask both(Mask a, Mask b) { return {wasm_v128_and(a.v, b.v)}; }
static inline Mask either(Mask a, Mask b) { return {wasm_v128_or(a.v, b.v)}; }
static inline Mask invert(Mask a) { return {wasm_v128_not(a.v)}; }
static inline unsigned bits(Mask a) { return wasm_i32x4_bitmask(a.v); }
// m ? p 2^n : 0 for -126 <= n <= 127, where `shifted` is n + 1.5 2^23: its low bits are n's
static inline Float scale_or_zero(Mask m, Float p, Float, Float shifted) {
  const Int power = add(shift_left(as_int(shifted), 23), broadcast(int32_t{127 << 23}));
  return keep(m, mul(p, as_float(power)));
}
static inline Float add_where(Mask m, Float sum, Float a) { return add(sum, keep(m, a)); }

static inline Double zero_double() { return {wasm_f64x2_const_splat(0), wasm_f64x2_const_splat(0)}; }
static inline Double widen(Float a) {
  return {wasm_f64x2_promote_low_f32x4(a.v), wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(a.v, a.v, 2, 3, 2, 3))};
}
static inline Float narrow(Double a) {
  return {wasm_i32x4_shuffle(wasm_f32x4_demote_f64x2_zero(a.low), wasm_f32x4_demote_f64x2_zero(a.high), 0, 1, 4, 5)};
}
static inline Double load(const double* p) { return {wasm_v128_load(p), wasm_v128_load(p + 2)}; }
static inline void store(double* p, Double v) {
  wasm_v128_store(p, v.low);
  wasm_v128_store(p + 2, v.high);
}
static inline Double broadcast(double x) { return {wasm_f64x2_splat(x), wasm_f64x2_splat(x)}; }
static inline Double add(Double a, Double b) { return {wasm_f64x2_add(a.low, b.low), wasm_f64x2_add(a.high, b.high)}; }
static inline Double sub(Double a, Double b) { return {wasm_f64x2_sub(a.low, b.low), wasm_f64x2_sub(a.high, b.high)}; }
static inline Double mul(Double a, Double b) { return {wasm_f64x2_mul(a.low, b.low), wasm_f64x2_mul(a.high, b.high)}; }
static inline Double fma(Double a, Double b, Double c) { return add(mul(a, b), c); }
static inline Double div(Double a, Double b) { return {wasm_f64x2_div(a.low, b.low), wasm_f64x2_div(a.high, b.high)}; }
static inline Float exact_fma(Float a, Float b, Float c) {  // a b + c, the product unrounded
  return narrow(fma(widen(a), widen(b), widen(c)));
}
static inline Double select(Mask m, Double a, Double b) {
  return {wasm_v128_bitselect(a.low, b.low, wasm_i32x4_shuffle(m.v, m.v, 0, 0, 1, 1)),
          wasm_v128_bitselect(a.high, b.high, wasm_i32x4_shuffle(m.v, m.v, 2, 2, 3, 3))};
}
static inline Double sign(Double a) {  // -1, 0 or 1
  const v128_t one = wasm_f64x2_const_splat(1), s = wasm_f64x2_const_splat(-0.0), none = wasm_f64x2_const_splat(0);
  auto half = [&](v128_t x) {
    const v128_t different = wasm_v128_or(wasm_f64x2_lt(x, none), wasm_f64x2_gt(x, none));
    return wasm_v128_and(different, wasm_v128_or(wasm_v128_and(x, s), one));
  };
  return {half(a.low), half(a.high)};
}

static inline float first_lane(Float a) { return wasm_f32x4_extract_lane(a.v, 0); }
static inline float maximum(Float a) {
  const Float v = max(a, {wasm_i32x4_shuffle(a.v, a.v, 2, 3, 2, 3)});
  return first_lane(max(v, {wasm_i32x4_shuffle(v.v, v.v, 1, 1, 1, 1)}));
}
static inline double sum(Double a) {
  const v128_t v = wasm_f64x2_add(a.low, a.high);
  return wasm_f64x2_extract_lane(v, 0) + wasm_f64x2_extract_lane(v, 1);
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
static inline void transpose_quads(Float& a, Float& b, Float& c, Float& d) {
  const v128_t p = wasm_i32x4_shuffle(a.v, b.v, 0, 4, 1, 5), q = wasm_i32x4_shuffle(a.v, b.v, 2, 6, 3, 7);
  const v128_t r = wasm_i32x4_shuffle(c.v, d.v, 0, 4, 1, 5), s = wasm_i32x4_shuffle(c.v, d.v, 2, 6, 3, 7);
  a = {wasm_i64x2_shuffle(p, r, 0, 2)};
  b = {wasm_i64x2_shuffle(p, r, 1, 3)};
  c = {wasm_i64x2_shuffle(q, s, 0, 2)};
  d = {wasm_i64x2_shuffle(q, s, 1, 3)};
}

// The value `distance` chunks before (after) each lane's own, 0 past the ends; lane and chunk number agree here.
template <int distance, bool backward>
static inline Float neighbour_chunk(Float v) {
  const v128_t none = zero().v;
  if constexpr (backward) {
    return {wasm_i32x4_shuffle(v.v, none, distance, distance + 1, distance + 2, distance + 3)};
  } else {
    return {wasm_i32x4_shuffle(none, v.v, 4 - distance, 5 - distance, 6 - distance, 7 - distance)};
  }
}

// Running sums over the chunks of each vector, each lane's own included.
template <bool backward, int n>
static inline void scan_chunks(Float (&v)[n]) {
  for (Float& x : v) x = add(x, neighbour_chunk<1, backward>(x));
  for (Float& x : v) x = add(x, neighbour_chunk<2, backward>(x));
}

template <bool backward>
static inline float last_chunk(Float v) {
  return wasm_f32x4_extract_lane(v.v, backward ? 0 : 3);
}

}  // namespace SEMD_ISA
