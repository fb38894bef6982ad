// Device arithmetic. Intrinsics of lower precision are computed exactly.
#pragma once

#include <math.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace cuda_emulator {

template <class To, class From>
To bits(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

template <class A, class B>
using Integer = std::enable_if_t<std::is_integral_v<A> && std::is_integral_v<B>, std::common_type_t<A, B>>;

template <class T>
T clamped(double value) {
  constexpr double kBelow = static_cast<double>(static_cast<T>(T(1) << (sizeof(T) * 8 - 1)));
  constexpr bool kSigned = std::is_signed_v<T>;
  const double low = kSigned ? kBelow : 0;
  const double high = kSigned ? -kBelow : 2 * kBelow;
  if (value != value) return 0;
  if (value <= low) return static_cast<T>(low);
  if (value >= high) return static_cast<T>(~(kSigned ? T(1) << (sizeof(T) * 8 - 1) : T(0)));
  return static_cast<T>(value);
}

}  // namespace cuda_emulator

template <class A, class B>
constexpr cuda_emulator::Integer<A, B> min(A a, B b) {
  using T = std::common_type_t<A, B>;
  return static_cast<T>(a) < static_cast<T>(b) ? static_cast<T>(a) : static_cast<T>(b);
}
template <class A, class B>
constexpr cuda_emulator::Integer<A, B> max(A a, B b) {
  using T = std::common_type_t<A, B>;
  return static_cast<T>(a) < static_cast<T>(b) ? static_cast<T>(b) : static_cast<T>(a);
}
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline double max(double a, double b) { return fmax(a, b); }
inline double min(float a, double b) { return fmin(a, b); }
inline double max(float a, double b) { return fmax(a, b); }
inline double min(double a, float b) { return fmin(a, b); }
inline double max(double a, float b) { return fmax(a, b); }

using std::isfinite;
using std::isinf;
using std::isnan;
using std::signbit;

inline int __float_as_int(float x) { return cuda_emulator::bits<int>(x); }
inline unsigned __float_as_uint(float x) { return cuda_emulator::bits<unsigned>(x); }
inline float __int_as_float(int x) { return cuda_emulator::bits<float>(x); }
inline float __uint_as_float(unsigned x) { return cuda_emulator::bits<float>(x); }
inline long long __double_as_longlong(double x) { return cuda_emulator::bits<long long>(x); }
inline double __longlong_as_double(long long x) { return cuda_emulator::bits<double>(x); }
inline double __hiloint2double(int high, int low) {
  const auto upper = static_cast<std::uint64_t>(static_cast<unsigned>(high)) << 32;
  return cuda_emulator::bits<double>(upper | static_cast<unsigned>(low));
}

inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz(static_cast<unsigned>(x)); }
inline int __clzll(long long x) { return x == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(x)); }
inline unsigned __brev(unsigned x) {
  unsigned reversed = 0;
  for (int bit = 0; bit < 32; bit++) reversed |= (x >> bit & 1u) << (31 - bit);
  return reversed;
}
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>(static_cast<std::uint64_t>(a) * b >> 32);
}
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<unsigned long long>(static_cast<Wide>(a) * b >> 64);
}

inline float rsqrtf(float x) { return static_cast<float>(1 / std::sqrt(static_cast<double>(x))); }
inline double rsqrt(double x) { return 1 / std::sqrt(x); }
inline float exp10f(float x) { return static_cast<float>(std::pow(10.0, static_cast<double>(x))); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __frcp_rn(float x) { return 1.0f / x; }
inline float __frsqrt_rn(float x) { return rsqrtf(x); }
inline float __fsqrt_rn(float x) { return std::sqrt(x); }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline float __saturatef(float x) { return x > 0 ? fminf(x, 1.0f) : 0.0f; }
inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
inline double __dsqrt_rn(double x) { return std::sqrt(x); }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __drcp_rn(double x) { return 1 / x; }

// As on a device, the compiler must not contract these operations with others to fma.
#define CUDA_EMULATOR_ROUNDED(name, T, operator) \
  inline T name(T a, T b) {                      \
    volatile T result = a operator b;            \
    return result;                               \
  }
CUDA_EMULATOR_ROUNDED(__fadd_rn, float, +)
CUDA_EMULATOR_ROUNDED(__fsub_rn, float, -)
CUDA_EMULATOR_ROUNDED(__fmul_rn, float, *)
CUDA_EMULATOR_ROUNDED(__dadd_rn, double, +)
CUDA_EMULATOR_ROUNDED(__dsub_rn, double, -)
CUDA_EMULATOR_ROUNDED(__dmul_rn, double, *)
#undef CUDA_EMULATOR_ROUNDED

inline float __double2float_rn(double x) { return static_cast<float>(x); }
inline float __int2float_rn(int x) { return static_cast<float>(x); }
inline float __uint2float_rn(unsigned x) { return static_cast<float>(x); }
inline float __ll2float_rn(long long x) { return static_cast<float>(x); }
inline double __int2double_rn(int x) { return x; }
inline double __ll2double_rn(long long x) { return static_cast<double>(x); }
inline int __float2int_rn(float x) { return cuda_emulator::clamped<int>(std::nearbyint(x)); }
inline int __float2int_rz(float x) { return cuda_emulator::clamped<int>(std::trunc(x)); }
inline int __float2int_rd(float x) { return cuda_emulator::clamped<int>(std::floor(x)); }
inline int __float2int_ru(float x) { return cuda_emulator::clamped<int>(std::ceil(x)); }
inline unsigned __float2uint_rn(float x) { return cuda_emulator::clamped<unsigned>(std::nearbyint(x)); }
inline int __double2int_rn(double x) { return cuda_emulator::clamped<int>(std::nearbyint(x)); }
inline long long __double2ll_rn(double x) { return cuda_emulator::clamped<long long>(std::nearbyint(x)); }

// Macros, as the C library declares functions of these names but does not export them.
#define __expf(x) expf(x)
#define __exp10f(x) exp10f(x)
#define __logf(x) logf(x)
#define __log2f(x) log2f(x)
#define __log10f(x) log10f(x)
#define __powf(x, y) powf(x, y)
#define __sinf(x) sinf(x)
#define __cosf(x) cosf(x)
#define __tanf(x) tanf(x)
