// The vectors of the instruction set that this translation unit is compiled for. SEMD_ISA names both the instruction set
// and the namespace that everything compiled for it lives in, so that no two copies of a function ever share a symbol.
#pragma once

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>  // _BitScanForward
#endif

#include "../../core/inlining.h"

namespace SEMD_ISA {

// The index of the lowest bit set; at least one must be.
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
#elif defined(__wasm_simd128__)
#include "wasm128.h"
#elif defined(_M_ARM64)
#error "squared-emd: MSVC has one type for all NEON vectors; build with clang-cl"
#else
#error "squared-emd: no vector kernels for this processor (x86-64, 64-bit Arm and WebAssembly have them)"
#endif
