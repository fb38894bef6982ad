// Two vectors side by side under the names of one, for code in which each step of a running sum waits for the one before: the
// two halves are independent, so that each hides the latency of the other.
#pragma once

#include "vector_math.h"
#include "simd.h"

namespace SEMD_ISA {

constexpr int kHalf = kLanes;

namespace wide {

namespace half = ::SEMD_ISA;

constexpr int kLanes = 2 * kHalf;

struct Float {
  half::Float a, b;
};
struct Int {
  half::Int a, b;
};
struct Mask {
  half::Mask a, b;
};
struct Double {
  half::Double a, b;
};

static inline Float zero() { return {half::zero(), half::zero()}; }
static inline Float broadcast(float x) {
  const half::Float v = half::broadcast(x);
  return {v, v};
}
static inline Float load(const float* p) { return {half::load(p), half::load(p + kHalf)}; }
static inline void store(float* p, Float v) {
  half::store(p, v.a);
  half::store(p + kHalf, v.b);
}
static inline int lower(int n) { return n < kHalf ? n : kHalf; }
static inline int upper(int n) { return n > kHalf ? n - kHalf : 0; }
static inline Mask first(int n) { return {half::first(lower(n)), half::first(upper(n))}; }
static inline Float load_first(const float* p, int n, Float fill) {
  return {half::load_first(p, lower(n), fill.a), n > kHalf ? half::load_first(p + kHalf, n - kHalf, fill.b) : fill.b};
}
static inline void store_first(float* p, int n, Float v) {
  half::store_first(p, lower(n), v.a);
  if (n > kHalf) half::store_first(p + kHalf, n - kHalf, v.b);
}
static inline Float gather(const float* p, Int index) { return {half::gather(p, index.a), half::gather(p, index.b)}; }

struct Exponential {
  Float high, low;
};

#define SEMD_UNARY(name, Type) \
  static inline Type name(Type x) { return {half::name(x.a), half::name(x.b)}; }
#define SEMD_BINARY(name, Result, Type) \
  static inline Result name(Type x, Type y) { return {half::name(x.a, y.a), half::name(x.b, y.b)}; }
#define SEMD_TERNARY(name, Type) \
  static inline Type name(Type x, Type y, Type z) { return {half::name(x.a, y.a, z.a), half::name(x.b, y.b, z.b)}; }
#define SEMD_SELECT(Type) \
  static inline Type select(Mask m, Type x, Type y) { return {half::select(m.a, x.a, y.a), half::select(m.b, x.b, y.b)}; }

SEMD_BINARY(add, Float, Float)
SEMD_BINARY(sub, Float, Float)
SEMD_BINARY(mul, Float, Float)
SEMD_BINARY(div, Float, Float)
SEMD_TERNARY(fma, Float)
SEMD_TERNARY(fnma, Float)
SEMD_TERNARY(exact_fma, Float)
SEMD_BINARY(min, Float, Float)
SEMD_BINARY(max, Float, Float)
SEMD_UNARY(abs, Float)
SEMD_UNARY(sqrt, Float)
SEMD_UNARY(sign, Float)
SEMD_UNARY(log_positive, Float)
SEMD_BINARY(exp_or_zero, Float, Float)
SEMD_TERNARY(rounding_of_difference, Float)
SEMD_BINARY(less, Mask, Float)
SEMD_BINARY(less_equal, Mask, Float)
SEMD_BINARY(equal, Mask, Float)
SEMD_BINARY(not_less, Mask, Float)
SEMD_BINARY(both, Mask, Mask)
SEMD_BINARY(either, Mask, Mask)
SEMD_UNARY(invert, Mask)
SEMD_SELECT(Float)
SEMD_SELECT(Int)
SEMD_SELECT(Double)
SEMD_BINARY(add, Int, Int)
SEMD_BINARY(mul, Int, Int)
SEMD_BINARY(less, Mask, Int)
SEMD_BINARY(equal, Mask, Int)
SEMD_BINARY(add, Double, Double)
SEMD_BINARY(sub, Double, Double)
SEMD_BINARY(mul, Double, Double)
SEMD_BINARY(div, Double, Double)
SEMD_TERNARY(fma, Double)
SEMD_UNARY(sign, Double)

#undef SEMD_UNARY
#undef SEMD_BINARY
#undef SEMD_TERNARY
#undef SEMD_SELECT

static inline Exponential exp_in_two_parts(Float x, Float x_low, Float least) {
  const half::Exponential a = half::exp_in_two_parts(x.a, x_low.a, least.a);
  const half::Exponential b = half::exp_in_two_parts(x.b, x_low.b, least.b);
  return {{a.high, b.high}, {a.low, b.low}};
}

static inline unsigned bits(Mask m) { return half::bits(m.a) | half::bits(m.b) << kHalf; }
static inline Float keep(Mask m, Float v) { return {half::keep(m.a, v.a), half::keep(m.b, v.b)}; }
static inline Float add_where(Mask m, Float sum, Float v) {
  return {half::add_where(m.a, sum.a, v.a), half::add_where(m.b, sum.b, v.b)};
}

static inline Int broadcast(int32_t x) {
  const half::Int v = half::broadcast(x);
  return {v, v};
}
static inline Int load(const int32_t* p) { return {half::load(p), half::load(p + kHalf)}; }
static inline void store(int32_t* p, Int v) {
  half::store(p, v.a);
  half::store(p + kHalf, v.b);
}
static inline Int lane_numbers() {
  return {half::lane_numbers(), half::add(half::lane_numbers(), half::broadcast(int32_t{kHalf}))};
}

static inline Double zero_double() { return {half::zero_double(), half::zero_double()}; }
static inline Double broadcast(double x) {
  const half::Double v = half::broadcast(x);
  return {v, v};
}
static inline Double widen(Float v) { return {half::widen(v.a), half::widen(v.b)}; }
static inline Float narrow(Double v) { return {half::narrow(v.a), half::narrow(v.b)}; }
static inline Double load(const double* p) { return {half::load(p), half::load(p + kHalf)}; }
static inline void store(double* p, Double v) {
  half::store(p, v.a);
  half::store(p + kHalf, v.b);
}
static inline double sum(Double v) { return half::sum(half::add(v.a, v.b)); }

}  // namespace wide
}  // namespace SEMD_ISA
