// Layouts of tiled rows: the group of threads that share a row, how many neighbouring classes a thread takes at a time, and the
// store in which the row's values are meanwhile. A tile is what the group takes at a time, kVector classes per thread.
//
// A thread reads only what it wrote itself, so that stores need no barriers. `keep` is for a second number per class (and one
// per tile); where a store has no room for it, the ground distance computes it twice. kNumbers is how many float32 numbers per
// tile and thread a store needs in shared memory, beside the stage.
#pragma once

#include "../../block/elements.cuh"
#include "../../block/groups.cuh"

namespace semd::cuda {

// A store in registers; the loops over the tiles are unrolled.
template <int kTileCount, int kVector>
struct Registers {
  static constexpr int kTiles = kTileCount;
  static constexpr bool kHolds = true;
  static constexpr bool kInStage = false;
  static constexpr int kNumbers = 0;
  float values[kTileCount][kVector];
  float kept[kTileCount][kVector];
  float base[kTileCount];

  __device__ __forceinline__ Registers(void*, int, int) {}
  __device__ __forceinline__ void read(int tile, int, float (&out)[kVector]) const {
#pragma unroll
    for (int v = 0; v < kVector; v++) out[v] = values[tile][v];
  }
  __device__ __forceinline__ void write(int tile, int, const float (&in)[kVector]) {
#pragma unroll
    for (int v = 0; v < kVector; v++) values[tile][v] = in[v];
  }
  __device__ __forceinline__ void read_kept(int tile, int, float (&out)[kVector]) const {
#pragma unroll
    for (int v = 0; v < kVector; v++) out[v] = kept[tile][v];
  }
  __device__ __forceinline__ void keep(int tile, int, const float (&in)[kVector]) {
#pragma unroll
    for (int v = 0; v < kVector; v++) kept[tile][v] = in[v];
  }
  __device__ __forceinline__ float base_of(int tile) const { return base[tile]; }
  __device__ __forceinline__ void set_base(int tile, float value) { base[tile] = value; }
};

// A store with the values in the stage. Beside it are the kept numbers: one per class, padded to tiles, and one per tile and
// thread.
template <int kVector>
struct Shared {
  static constexpr int kTiles = 0;
  static constexpr bool kHolds = true;
  static constexpr bool kInStage = true;
  static constexpr int kNumbers = kVector + 1;
  float* kept;
  float* base;
  int stride;  // of base, in which the numbers of neighbouring threads are neighbours

  // `memory` is the block's; each row has `threads` threads.
  __device__ __forceinline__ Shared(void* memory, int tiles, int threads) {
    const int classes = tiles * threads * kVector;
    kept = static_cast<float*>(memory) + threadIdx.x / threads * (classes + tiles * threads);
    base = kept + classes + threadIdx.x % threads;
    stride = threads;
  }
  __device__ __forceinline__ void read_kept(int, int place, float (&out)[kVector]) const { copy(kept + place, out); }
  __device__ __forceinline__ void keep(int, int place, const float (&in)[kVector]) { copy(in, kept + place); }
  __device__ __forceinline__ float base_of(int tile) const { return base[tile * stride]; }
  __device__ __forceinline__ void set_base(int tile, float value) { base[tile * stride] = value; }

 private:
  static __device__ __forceinline__ void copy(const float* from, float* to) {
    static_assert(kVector == 4, "four floats are one access");
    *reinterpret_cast<Four<float>*>(to) = *reinterpret_cast<const Four<float>*>(from);
  }
};

// A store in shared memory for threads that have a row each, where values do not come from a stage. Neighbouring threads' numbers
// are neighbours.
template <int kVector>
struct SharedPerThread {
  static constexpr int kTiles = 0;
  static constexpr bool kHolds = true;
  static constexpr bool kInStage = false;
  static constexpr int kNumbers = 2 * kVector + 1;
  float* values;
  float* kept;
  float* base;
  int stride;

  __device__ __forceinline__ SharedPerThread(void* memory, int tiles, int)
      : values(static_cast<float*>(memory) + threadIdx.x), stride(blockDim.x) {
    kept = values + tiles * kVector * stride;
    base = kept + tiles * kVector * stride;
  }
  __device__ __forceinline__ void read(int, int place, float (&out)[kVector]) const { copy(values + place * stride, out); }
  __device__ __forceinline__ void write(int, int place, const float (&in)[kVector]) { copy(in, values + place * stride); }
  __device__ __forceinline__ void read_kept(int, int place, float (&out)[kVector]) const { copy(kept + place * stride, out); }
  __device__ __forceinline__ void keep(int, int place, const float (&in)[kVector]) { copy(in, kept + place * stride); }
  __device__ __forceinline__ float base_of(int tile) const { return base[tile * stride]; }
  __device__ __forceinline__ void set_base(int tile, float value) { base[tile * stride] = value; }

 private:
  __device__ __forceinline__ void copy(const float* from, float (&to)[kVector]) const {
#pragma unroll
    for (int v = 0; v < kVector; v++) to[v] = from[v * stride];
  }
  __device__ __forceinline__ void copy(const float (&from)[kVector], float* to) const {
#pragma unroll
    for (int v = 0; v < kVector; v++) to[v * stride] = from[v];
  }
};

// No store: values are read again from device memory, or rather from the second-level cache, where such a row stays.
struct Nowhere {
  static constexpr int kTiles = 0;
  static constexpr bool kHolds = false;
  static constexpr bool kInStage = false;
  static constexpr int kNumbers = 0;
  __device__ __forceinline__ Nowhere(void*, int, int) {}
};

template <class GroupType, int kVectorSize, class StoreType, class RealType, bool kThroughStage = true>
struct Layout {
  using Group = GroupType;
  using Store = StoreType;
  using Real = RealType;  // the type of sums over a row
  static constexpr int kVector = kVectorSize;
  static constexpr int kTiles = Store::kTiles;
  static constexpr bool kHolds = Store::kHolds;
  static constexpr bool kStaged = kThroughStage;
  static constexpr bool kInStage = Store::kInStage;
  static constexpr int kNumbers = Store::kNumbers;
  static constexpr bool kPixels = GroupType::kSize == 1;  // classes are not contiguous
  static constexpr bool kContiguous = false;
  static constexpr bool kIndexFromLogits = false;
  static constexpr int classes_of(int threads) { return threads * kVector * kTiles; }
};

// For forms that serve only logits with class indices, so that code for anything else is left out.
template <class L>
struct IndexFromLogits : L {
  static constexpr bool kIndexFromLogits = true;
};

// For rows whose classes are contiguous, so that code for others is left out.
template <class L>
struct Contiguous : L {
  static constexpr bool kContiguous = true;
};

template <int kWidth>
using PartOfWarp = Layout<Lanes<kWidth>, 4, Registers<1, 4>, float>;
using BlockPerRow = Layout<Block, 4, Shared<4>, double>;
using BlockRereading = Layout<Block, 4, Nowhere, double, false>;
using ThreadPerPixel = Layout<Single, 4, Registers<8, 4>, float, false>;
using ThreadPerPixelInShared = Layout<Single, 4, SharedPerThread<4>, float, false>;
using ThreadRereadingPixel = Layout<Single, 4, Nowhere, double, false>;

}  // namespace semd::cuda
