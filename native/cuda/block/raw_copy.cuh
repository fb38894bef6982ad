// Copies rows between device memory and shared memory without converting them. They move 16 bytes at a time wherever they
// begin, because a copy lies as many bytes behind a multiple of 16 as its original does (its "phase").
#pragma once

#include <cuda_pipeline_primitives.h>

#include <cstdint>
#include <cstring>

namespace semd::cuda {

// The number of elements in a pack of 16 bytes.
template <class Element>
constexpr int kPackOf = static_cast<int>(16 / sizeof(Element));

template <class Element>
static __device__ __forceinline__ int phase_of(const Element* memory) {
  return static_cast<int>(reinterpret_cast<uintptr_t>(memory) / sizeof(Element) % kPackOf<Element>);
}

// Whether rows of half precision can be taken by pairs (4 bytes), as all of them begin and end where a pair does. A copy in
// shared memory then has them there, too. The same for all threads of a launch.
template <class Element>
static __device__ __forceinline__ bool has_rows_of_pairs(const void* rows, int classes) {
  const auto place = static_cast<unsigned>(reinterpret_cast<uintptr_t>(rows) / sizeof(Element));
  return sizeof(Element) < sizeof(float) && ((place | static_cast<unsigned>(classes)) & 1) == 0;
}

// A pack in registers, read or written in one access.
template <class Element>
struct alignas(16) RawPack {
  Element v[kPackOf<Element>];

  static __device__ __forceinline__ RawPack read(const Element* from) {
    const uint4 bits = *reinterpret_cast<const uint4*>(from);
    RawPack pack;
    memcpy(&pack, &bits, sizeof pack);
    return pack;
  }
  __device__ __forceinline__ void write(Element* to) const {
    uint4 bits;
    memcpy(&bits, this, sizeof bits);
    *reinterpret_cast<uint4*>(to) = bits;
  }
};

// How `count` elements divide into whole packs and the elements before the first and behind the last of them.
struct Division {
  int before, packs, behind;

  template <class Element>
  static __device__ __forceinline__ Division of(const Element* memory, int count) {
    const int phase = phase_of(memory);
    const int to_first = phase ? kPackOf<Element> - phase : 0;
    const int before = to_first < count ? to_first : count;
    const int packs = (count - before) / kPackOf<Element>;
    return {before, packs, count - before - packs * kPackOf<Element>};
  }
  // The index of the i-th element that is in no whole pack.
  __device__ __forceinline__ int edge(int i, int count) const { return i < before ? i : count - behind + (i - before); }
};

static __device__ __forceinline__ void begin_edge(float* to, const float* from) {
  __pipeline_memcpy_async(to, from, sizeof(float));
}
template <class Half>
static __device__ __forceinline__ void begin_edge(Half* to, const Half* from) {
  *to = *from;  // too short for an asynchronous copy
}

// The slot of the p-th pack of a copy.
struct Dense {
  static __device__ __forceinline__ constexpr int slot(int pack) { return pack; }
};
// After every eight packs a slot is left free, so that threads whose packs are 2, 4 or 8 apart read from different banks.
struct Spaced {
  static __device__ __forceinline__ constexpr int slot(int pack) { return pack + (pack >> 3); }
};

// Copies whole packs with threads 0 .. threads - 1. Spaced packs take a multiple of eight threads, so that each step of a
// thread advances by the same number of slots.
template <class Spacing, class Element>
static __device__ __forceinline__ void begin_packs(Element* copy, const Element* from, int packs, int rank, int threads) {
  Element* to = copy + kPackOf<Element> * Spacing::slot(rank);
  from += kPackOf<Element> * rank;
#pragma unroll 4
  for (int left = packs - rank; left > 0; left -= threads) {
    __pipeline_memcpy_async(to, from, 16);
    to += kPackOf<Element> * Spacing::slot(threads);
    from += kPackOf<Element> * threads;
  }
}
template <class Spacing, class Element>
static __device__ __forceinline__ void packs_back(Element* to, const Element* copy, int packs, int rank, int threads) {
  const Element* from = copy + kPackOf<Element> * Spacing::slot(rank);
  to += kPackOf<Element> * rank;
#pragma unroll 4
  for (int left = packs - rank; left > 0; left -= threads) {
    RawPack<Element>::read(from).write(to);
    from += kPackOf<Element> * Spacing::slot(threads);
    to += kPackOf<Element> * threads;
  }
}

// Begins to copy `count` elements to memory of the same phase. If `packed`, they are whole packs, and go to their slots.
template <class Spacing, class Element>
static __device__ __forceinline__ void begin_copy(bool packed, Element* copy, const Element* from, int count, int rank,
                                                  int threads) {
  if (packed) {
    begin_packs<Spacing>(copy, from, count / kPackOf<Element>, rank, threads);
    return;
  }
  const Division division = Division::of(from, count);
#pragma unroll 1
  for (int i = rank; i < division.before + division.behind; i += threads) {
    const int element = division.edge(i, count);
    begin_edge(copy + element, from + element);
  }
  begin_packs<Dense>(copy + division.before, from + division.before, division.packs, rank, threads);
}

// Copies back to device memory. If the phases differ, the copy is read element by element.
template <class Spacing, class Element>
static __device__ __forceinline__ void copy_back(bool packed, Element* to, const Element* copy, int count, int rank,
                                                 int threads) {
  if (packed) {
    packs_back<Spacing>(to, copy, count / kPackOf<Element>, rank, threads);
    return;
  }
  const Division division = Division::of(to, count);
#pragma unroll 1
  for (int i = rank; i < division.before + division.behind; i += threads) {
    const int element = division.edge(i, count);
    to[element] = copy[element];
  }
  to += division.before;
  copy += division.before;
  if (phase_of(copy) == 0) {
    packs_back<Dense>(to, copy, division.packs, rank, threads);
    return;
  }
#pragma unroll 1
  for (int i = rank; i < division.packs; i += threads) {
    RawPack<Element> pack;
#pragma unroll
    for (int v = 0; v < kPackOf<Element>; v++) pack.v[v] = copy[kPackOf<Element> * i + v];
    pack.write(to + kPackOf<Element> * i);
  }
}

}  // namespace semd::cuda
