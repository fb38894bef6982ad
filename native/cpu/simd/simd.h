// The vectors of the instruction set that this translation unit is compiled for. SEMD_ISA names both the instruction set
// and the namespace that everything compiled for it lives in, so that no two copies of a function ever share a symbol.
#pragma once

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>  // _BitScanForward
#endif

// Always: functions that do nothing but prefetch, as GCC takes them for functions without any effect, and drops their calls
// where it has not inlined them by then; and those that take the state of a group of rows, a kilobyte, where a call made few
// classes 40% slower. Never: what is rare, and would keep something frequent from being inlined.
#if defined(_MSC_VER) && !defined(__clang__)
#define SEMD_ALWAYS_INLINE __forceinline
#define SEMD_NEVER_INLINE __declspec(noinline)
#else
#define SEMD_ALWAYS_INLINE inline __attribute__((always_inline))
#define SEMD_NEVER_INLINE __attribute__((noinline))
#endif

namespace SEMD_ISA {

// The number of the lowest bit that is set; one is.
static inline int lowest_bit(unsigned x) {
#if defined(_MSC_VER) && !defined(__clang__)
  unsigned long found;
  _BitScanForward(&found, x);
  return static_cast<int>(found);
#else
  return __builtin_ctz(x);
#endif
}

}  // namespace SEMD_ISA

#if defined(SEMD_USE_AVX512)
#include "avx512.h"
#elif defined(SEMD_USE_AVX2)
#include "avx2.h"
#elif defined(__aarch64__) || (defined(_M_ARM64) && defined(__clang__))
#include "neon.h"
#elif defined(__SSE2__) || defined(_M_X64)
#include "sse2.h"
#elif defined(_M_ARM64)
#error "squared-emd: MSVC has one type for all NEON vectors; build with clang-cl"
#else
#error "squared-emd: no vector kernels for this processor (x86-64 and 64-bit Arm have them)"
#endif
