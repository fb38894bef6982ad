// A stand-in for CUDA's header of this name: float16, with the conversions that kernels need. They use integer arithmetic, as the
// processor flushes denormals while it plays a device.
#pragma once

#include <cstdint>
#include <cstring>

struct alignas(2) __half {
  unsigned short x;
};
using half = __half;
struct alignas(4) __half2 {
  __half x, y;
};
using half2 = __half2;

inline __half __ushort_as_half(unsigned short bits) { return {bits}; }
inline unsigned short __half_as_ushort(__half value) { return value.x; }

inline float __half2float(__half value) {
  const std::uint32_t sign = static_cast<std::uint32_t>(value.x & 0x8000u) << 16;
  std::uint32_t exponent = value.x >> 10 & 0x1fu;
  std::uint32_t fraction = value.x & 0x3ffu;
  std::uint32_t bits;
  if (exponent == 0x1f) {
    bits = sign | (fraction ? 0x7fffffffu : 0x7f800000u);
  } else if (exponent == 0 && fraction == 0) {
    bits = sign;
  } else {
    if (exponent == 0) {
      exponent = 1;
      for (; !(fraction & 0x400u); fraction <<= 1) exponent--;
      fraction &= 0x3ffu;
    }
    bits = sign | (exponent + 112) << 23 | fraction << 13;
  }
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

inline __half __float2half_rn(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const auto sign = static_cast<unsigned short>(bits >> 16 & 0x8000u);
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  const auto make = [sign](std::uint32_t half) { return __half{static_cast<unsigned short>(sign | half)}; };
  if (magnitude > 0x7f800000u) return __half{0x7fff};
  if (magnitude >= 0x477ff000u) return make(0x7c00);  // rounds to 65536 or more
  if (magnitude <= 0x33000000u) return make(0);       // 2^-25 or less
  const bool denormal = magnitude < 0x38800000u;
  const std::uint32_t fraction = denormal ? (magnitude & 0x7fffffu) | 0x800000u : magnitude - 0x38000000u;
  const std::uint32_t shift = denormal ? 126 - (magnitude >> 23) : 13;
  const std::uint32_t rest = fraction & ((1u << shift) - 1);
  const std::uint32_t half_way = 1u << (shift - 1);
  std::uint32_t rounded = fraction >> shift;
  if (rest > half_way || (rest == half_way && (rounded & 1u))) rounded++;
  return make(rounded);
}

inline __half __float2half(float value) { return __float2half_rn(value); }
inline float __low2float(__half2 value) { return __half2float(value.x); }
inline float __high2float(__half2 value) { return __half2float(value.y); }
inline __half2 __floats2half2_rn(float x, float y) { return {__float2half_rn(x), __float2half_rn(y)}; }

// A NaN gives way to a number, and -0 to 0.
inline __half __hmax(__half a, __half b) {
  const auto rank = [](__half value) {
    const int magnitude = value.x & 0x7fff;
    if (magnitude > 0x7c00) return -0x10000;
    return value.x & 0x8000 ? -1 - magnitude : magnitude;
  };
  if (rank(a) == -0x10000 && rank(b) == -0x10000) return {0x7fff};
  return rank(a) < rank(b) ? b : a;
}
inline __half2 __hmax2(__half2 a, __half2 b) { return {__hmax(a.x, b.x), __hmax(a.y, b.y)}; }
