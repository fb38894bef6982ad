// Reads and writes predictions and gradients in device memory: float32, float16 or bfloat16, four elements at a time where
// the alignment of rows allows it.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>

#include "../../include/squared_emd_cuda.h"

namespace semd::cuda {

static __device__ __forceinline__ float to_float(float x) { return x; }
static __device__ __forceinline__ float to_float(__half x) { return __half2float(x); }
static __device__ __forceinline__ float to_float(__nv_bfloat16 x) { return __bfloat162float(x); }

static __device__ __forceinline__ void from_float(float x, float& out) { out = x; }
static __device__ __forceinline__ void from_float(float x, __half& out) { out = __float2half_rn(x); }
static __device__ __forceinline__ void from_float(float x, __nv_bfloat16& out) { out = __float2bfloat16_rn(x); }

template <class Element>
constexpr semd_float_type kFloatType = SEMD_FLOAT32;
template <>
constexpr semd_float_type kFloatType<__half> = SEMD_FLOAT16;
template <>
constexpr semd_float_type kFloatType<__nv_bfloat16> = SEMD_BFLOAT16;

static __device__ __forceinline__ void from_floats(float x, float y, float2& out) { out = {x, y}; }
static __device__ __forceinline__ void from_floats(float x, float y, __half2& out) { out = __floats2half2_rn(x, y); }
static __device__ __forceinline__ void from_floats(float x, float y, __nv_bfloat162& out) {
  out = __floats2bfloat162_rn(x, y);
}

// Of both elements of a pair.
static __device__ __forceinline__ __half2 greater_of(__half2 a, __half2 b) { return __hmax2(a, b); }
static __device__ __forceinline__ __nv_bfloat162 greater_of(__nv_bfloat162 a, __nv_bfloat162 b) { return __hmax2(a, b); }

// Two neighbouring elements, read or written in one access.
template <class Element>
struct PairOf;
template <>
struct PairOf<float> {
  using Type = float2;
};
template <>
struct PairOf<__half> {
  using Type = __half2;
};
template <>
struct PairOf<__nv_bfloat16> {
  using Type = __nv_bfloat162;
};

// Reads kCount neighbours, and writes them, by pairs where the first of them is at a pair's place.
template <int kCount, class Element>
static __device__ __forceinline__ void read_neighbours(const Element* from, bool by_pairs, float (&out)[kCount]) {
  if constexpr (kCount % 2 == 0) {
    if (by_pairs) {
#pragma unroll
      for (int k = 0; k < kCount; k += 2) {
        const auto pair = *reinterpret_cast<const typename PairOf<Element>::Type*>(from + k);
        out[k] = to_float(pair.x);
        out[k + 1] = to_float(pair.y);
      }
      return;
    }
  }
#pragma unroll
  for (int k = 0; k < kCount; k++) out[k] = to_float(from[k]);
}
template <int kCount, class Element>
static __device__ __forceinline__ void write_neighbours(Element* to, bool by_pairs, const float (&values)[kCount]) {
  if constexpr (kCount % 2 == 0) {
    if (by_pairs) {
#pragma unroll
      for (int k = 0; k < kCount; k += 2) {
        from_floats(values[k], values[k + 1], *reinterpret_cast<typename PairOf<Element>::Type*>(to + k));
      }
      return;
    }
  }
#pragma unroll
  for (int k = 0; k < kCount; k++) from_float(values[k], to[k]);
}

template <class Element>
struct alignas(4 * sizeof(Element)) Four {
  Element v[4];
};

#define SEMD_COUNT(NAME, BYTES) +1
static_assert(0 SEMD_FLOAT_TYPES(SEMD_COUNT) == 3, "with_element_type knows every type");
#undef SEMD_COUNT

// Calls body with a null pointer to the element type, which is the same for all threads. A switch would take more registers.
template <class Body>
static __device__ __forceinline__ void with_element_type(int float_type, Body body) {
  if (float_type == SEMD_FLOAT32) {
    body(static_cast<float*>(nullptr));
  } else if (float_type == SEMD_FLOAT16) {
    body(static_cast<__half*>(nullptr));
  } else {
    body(static_cast<__nv_bfloat16*>(nullptr));
  }
}

// Reads elements place .. place + kCount - 1 of the row that begins at `row`, and `fill` past its end.
template <int kCount, class Element>
static __device__ __forceinline__ void read_elements(const Element* row, int place, int classes, int64_t inner,
                                                     bool aligned, float fill, float (&out)[kCount]) {
  if constexpr (kCount == 4) {
    if (aligned) {
      // An aligned row has a multiple of four elements.
      if (place < classes) {
        const Four<Element> four = *reinterpret_cast<const Four<Element>*>(row + place);
#pragma unroll
        for (int v = 0; v < 4; v++) out[v] = to_float(four.v[v]);
      } else {
#pragma unroll
        for (int v = 0; v < 4; v++) out[v] = fill;
      }
      return;
    }
  }
#pragma unroll
  for (int v = 0; v < kCount; v++) out[v] = place + v < classes ? to_float(row[(place + v) * inner]) : fill;
}

// Writes those of the kCount elements that are in the range from .. to - 1.
template <int kCount, class Element>
static __device__ __forceinline__ void write_elements(Element* row, int place, int from, int to, int64_t inner,
                                                      bool aligned, const float (&values)[kCount]) {
  if constexpr (kCount == 4) {
    if (aligned && place >= from && place + 4 <= to) {
      Four<Element> four;
#pragma unroll
      for (int v = 0; v < 4; v++) from_float(values[v], four.v[v]);
      *reinterpret_cast<Four<Element>*>(row + place) = four;
      return;
    }
  }
#pragma unroll
  for (int v = 0; v < kCount; v++) {
    if (place + v >= from && place + v < to) from_float(values[v], row[(place + v) * inner]);
  }
}

}  // namespace semd::cuda
