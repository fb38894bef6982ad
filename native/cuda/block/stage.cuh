// The stage: rows on their way between device memory and threads, in shared memory, as float32, each row beginning at a
// multiple of four elements.
//
// Neighbouring rows are one span of elements, which neighbouring threads read and write in the order of memory, whatever the
// number of classes and wherever the span begins: 16 bytes at a time, or 4 where float32 rows that are not aligned are read.
// Each thread then takes what it works on from shared memory. float32 arrives by asynchronous copies, so that the next span
// can be under way while this one is worked on.
#pragma once

#include "elements.cuh"
#include "raw_copy.cuh"
#include "shared_sizes.h"

namespace semd::cuda {

static __device__ __forceinline__ Four<float>& four_at(float* stage, int element) {
  return *reinterpret_cast<Four<float>*>(stage + padded(element));
}
static __device__ __forceinline__ const Four<float>& four_at(const float* stage, int element) {
  return *reinterpret_cast<const Four<float>*>(stage + padded(element));
}

// Where the elements of a span are in its stage.
struct StageSlots {
  int classes;
  uint32_t inverse;  // 2^32 / classes, rounded up
  int gap;           // between the end of a row and the beginning of the next

  __device__ __forceinline__ StageSlots(int of_row, uint32_t inverse_classes)
      : classes(of_row), inverse(inverse_classes), gap(stage_stride(of_row) - of_row) {}
  __device__ __forceinline__ int of(int element) const {
    const auto row = static_cast<int>((static_cast<uint64_t>(element) * inverse) >> 32);
    return padded(element + row * gap);
  }
};

template <class Element>
static __device__ __forceinline__ void unpack(float* stage, const StageSlots& slots, bool aligned, int element,
                                              const RawPack<Element>& pack) {
  if (aligned) {
#pragma unroll
    for (int v = 0; v < kPackOf<Element>; v += 4) {
      four_at(stage, element + v) = {to_float(pack.v[v]), to_float(pack.v[v + 1]), to_float(pack.v[v + 2]),
                                     to_float(pack.v[v + 3])};
    }
  } else {
#pragma unroll
    for (int v = 0; v < kPackOf<Element>; v++) stage[slots.of(element + v)] = to_float(pack.v[v]);
  }
}

template <class Element>
static __device__ __forceinline__ RawPack<Element> packed(const float* stage, const StageSlots& slots, bool aligned,
                                                          int element) {
  RawPack<Element> pack;
  if (aligned) {
#pragma unroll
    for (int v = 0; v < kPackOf<Element>; v += 4) {
      const Four<float> four = four_at(stage, element + v);
#pragma unroll
      for (int k = 0; k < 4; k++) from_float(four.v[k], pack.v[v + k]);
    }
  } else {
#pragma unroll
    for (int v = 0; v < kPackOf<Element>; v++) from_float(stage[slots.of(element + v)], pack.v[v]);
  }
  return pack;
}

// `aligned` says that rows begin at multiples of four elements in device memory as they do in the stage. float32 is copied
// asynchronously, 16 bytes at a time if rows are aligned, else 4.
static __device__ __forceinline__ void load_span(float* stage, const StageSlots& slots, bool aligned, const float* from,
                                                 int count, int rank, int threads) {
  if (aligned) {
    float* to = stage + padded(4 * rank);
    for (int i = rank; 4 * i < count; i += threads) {
      __pipeline_memcpy_async(to, from + 4 * i, 16);
      to += padded(4 * threads);
    }
  } else {
    for (int i = rank; i < count; i += threads) __pipeline_memcpy_async(stage + slots.of(i), from + i, sizeof(float));
  }
}

// Half precision passes through registers, one pack at a time: the addresses of more would spill.
template <class Element>
static __device__ __forceinline__ void load_span(float* stage, const StageSlots& slots, bool aligned, const Element* from,
                                                 int count, int rank, int threads) {
  const Division division = Division::of(from, count);
  if (rank < division.before + division.behind) {
    const int edge = division.edge(rank, count);
    stage[slots.of(edge)] = to_float(from[edge]);
  }
#pragma unroll 1
  for (int i = rank; i < division.packs; i += threads) {
    const int element = division.before + kPackOf<Element> * i;
    unpack(stage, slots, aligned, element, RawPack<Element>::read(from + element));
  }
}

template <class Element>
static __device__ __forceinline__ void store_span(const float* stage, const StageSlots& slots, bool aligned, Element* to,
                                                  int count, int rank, int threads) {
  const Division division = Division::of(to, count);
  if (rank < division.before + division.behind) {
    const int edge = division.edge(rank, count);
    from_float(stage[slots.of(edge)], to[edge]);
  }
#pragma unroll 1
  for (int i = rank; i < division.packs; i += threads) {
    const int element = division.before + kPackOf<Element> * i;
    packed<Element>(stage, slots, aligned, element).write(to + element);
  }
}

// Loads rows whose classes are `inner` elements apart; row i begins at element_of(i). Neighbouring threads take neighbouring
// rows.
template <class Element, class ElementOf>
static __device__ __forceinline__ void load_columns(float* stage, int classes, int64_t inner, const Element* from, int rows,
                                                    ElementOf element_of, int rank, int threads) {
  for (int i = rank; i < rows * classes; i += threads) {
    const int place = i / rows, row = i % rows;
    stage[padded(row * stage_stride(classes) + place)] = to_float(from[element_of(row) + place * inner]);
  }
}

template <class Element, class ElementOf>
static __device__ __forceinline__ void store_columns(const float* stage, int classes, int64_t inner, Element* to, int rows,
                                                     ElementOf element_of, int rank, int threads) {
#pragma unroll 1  // nothing waits for a store
  for (int i = rank; i < rows * classes; i += threads) {
    const int place = i / rows, row = i % rows;
    from_float(stage[padded(row * stage_stride(classes) + place)], to[element_of(row) + place * inner]);
  }
}

// Reads kCount elements from `first` on, a multiple of four, of which `valid` belong to the row.
template <int kCount>
static __device__ __forceinline__ void read_stage(const float* stage, int first, int valid, float fill, float (&out)[kCount]) {
#pragma unroll
  for (int v = 0; v < kCount; v += 4) {
    Four<float> four{fill, fill, fill, fill};
    if (v < valid) four = four_at(stage, first + v);
#pragma unroll
    for (int k = 0; k < 4; k++) out[v + k] = v + k < valid ? four.v[k] : fill;
  }
}

// May overwrite up to three elements behind the row's end, which are padding.
template <int kCount>
static __device__ __forceinline__ void write_stage(float* stage, int first, int valid, const float (&values)[kCount]) {
#pragma unroll
  for (int v = 0; v < kCount; v += 4) {
    if (v < valid) four_at(stage, first + v) = {values[v], values[v + 1], values[v + 2], values[v + 3]};
  }
}

}  // namespace semd::cuda
