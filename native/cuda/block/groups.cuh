// Groups: the threads that share a row, which are part of a warp, a warp, a block, or a single thread (cluster.cuh: several
// blocks).
//
// All groups have the same operations, and every thread of a group gets the same bits. A scan takes one number per thread, in
// the order of the threads' ranks, and gives each thread the sum before (or behind) its own number, and the total.
#pragma once

#include <cuda_runtime.h>

namespace semd::cuda {

constexpr unsigned kWholeWarp = 0xffffffffu;

template <class Number>
struct Scan {
  Number before, total;
};

// The sums before and behind a thread's own number, neither of them a difference, and the total.
struct BothWays {
  float before, behind, total;
};

// The sum behind a thread's first number and that before its second, and the totals of two more numbers.
struct Crossing {
  float behind, before;
  double first, second;
};

// The sum before a thread's first number, and the totals of two more.
struct Tally {
  unsigned before, total;
  double sum;
};

// kWidth neighbouring lanes, from 1 to 32. A warp holds 32 / kWidth rows, and all of its lanes take every step together.
template <int kWidth>
struct Lanes {
  static constexpr int kSize = kWidth;
  int rank;

  __device__ __forceinline__ explicit Lanes(void*) : rank(threadIdx.x % kWidth) {}
  __device__ __forceinline__ int size() const { return kWidth; }
  __device__ __forceinline__ void synchronize() { __syncwarp(); }

  __device__ __forceinline__ float max(float x) {
#pragma unroll
    for (int distance = kWidth / 2; distance > 0; distance /= 2) {
      x = fmaxf(x, __shfl_xor_sync(kWholeWarp, x, distance, kWidth));
    }
    return x;
  }
  template <class Number>
  __device__ __forceinline__ Number sum(Number x) {
#pragma unroll
    for (int distance = kWidth / 2; distance > 0; distance /= 2) x += __shfl_xor_sync(kWholeWarp, x, distance, kWidth);
    return x;
  }
  __device__ __forceinline__ bool any(bool x) { return sum(x ? 1.0f : 0.0f) > 0; }
  // Whether x holds for any thread of the warp, whose rows take every step together.
  __device__ __forceinline__ bool any_together(bool x) { return __any_sync(kWholeWarp, x); }
  template <class Number>
  __device__ __forceinline__ Scan<Number> scan(Number x) {
#pragma unroll
    for (int distance = 1; distance < kWidth; distance *= 2) {
      const Number lower = __shfl_up_sync(kWholeWarp, x, distance, kWidth);
      if (rank >= distance) x += lower;
    }
    const Number before = __shfl_up_sync(kWholeWarp, x, 1, kWidth);
    return {rank == 0 ? Number(0) : before, __shfl_sync(kWholeWarp, x, kWidth - 1, kWidth)};
  }
  template <class Number>
  __device__ __forceinline__ Scan<Number> scan_back(Number x) {
#pragma unroll
    for (int distance = 1; distance < kWidth; distance *= 2) {
      const Number upper = __shfl_down_sync(kWholeWarp, x, distance, kWidth);
      if (rank + distance < kWidth) x += upper;
    }
    const Number behind = __shfl_down_sync(kWholeWarp, x, 1, kWidth);
    return {rank == kWidth - 1 ? Number(0) : behind, __shfl_sync(kWholeWarp, x, 0, kWidth)};
  }
  __device__ __forceinline__ BothWays both_ways(float x) {
    const Scan<float> up = scan(x);
    return {up.before, scan_back(x).before, up.total};
  }
};

using Warp = Lanes<32>;

// Like Lanes, with a width that the launch decides, a power of 2 from 2 to 32, so that one kernel serves all of them.
struct PartOfWarpAtRun {
  static constexpr int kSize = -1;  // known at launch
  static constexpr bool kSpansBlocks = false;
  int rank;

  __device__ __forceinline__ PartOfWarpAtRun(void*, int width) : rank(threadIdx.x & (width - 1)), width_(width) {}
  __device__ __forceinline__ int size() const { return width_; }
  __device__ __forceinline__ void synchronize() { __syncwarp(); }

  __device__ __forceinline__ float max(float x) {
#pragma unroll 1
    for (int distance = width_ >> 1; distance > 0; distance >>= 1) x = fmaxf(x, __shfl_xor_sync(kWholeWarp, x, distance));
    return x;
  }
  template <class Number>
  __device__ __forceinline__ Number sum(Number x) {
#pragma unroll 1
    for (int distance = width_ >> 1; distance > 0; distance >>= 1) x += __shfl_xor_sync(kWholeWarp, x, distance);
    return x;
  }
  __device__ __forceinline__ bool any_together(bool x) { return __any_sync(kWholeWarp, x); }
  template <class Number>
  __device__ __forceinline__ Scan<Number> scan(Number x) {
#pragma unroll 1
    for (int distance = 1; distance < width_; distance <<= 1) {
      const Number lower = __shfl_up_sync(kWholeWarp, x, distance, width_);
      if (rank >= distance) x += lower;
    }
    return {one_up(x), __shfl_sync(kWholeWarp, x, width_ - 1, width_)};
  }
  __device__ __forceinline__ BothWays both_ways(float x) {
    float up = x, down = x;
    scan_both(up, down);
    return {one_up(up), one_down(down), __shfl_sync(kWholeWarp, up, width_ - 1, width_)};
  }
  __device__ __forceinline__ Crossing cross(float behind, float before, float first, float second) {
    scan_both(before, behind);
#pragma unroll 1
    for (int distance = width_ >> 1; distance > 0; distance >>= 1) {
      first += __shfl_xor_sync(kWholeWarp, first, distance);
      second += __shfl_xor_sync(kWholeWarp, second, distance);
    }
    return {one_down(behind), one_up(before), first, second};
  }
  __device__ __forceinline__ Tally tally(unsigned before, unsigned total, float sum) {
    before = scan(before).before;
    return {before, this->sum(total), static_cast<double>(this->sum(sum))};
  }

 private:
  // `up` becomes the sum over the threads up to this one, `down` that over the threads from this one on.
  __device__ __forceinline__ void scan_both(float& up, float& down) {
#pragma unroll 1
    for (int distance = 1; distance < width_; distance <<= 1) {
      const float lower = __shfl_up_sync(kWholeWarp, up, distance, width_);
      const float upper = __shfl_down_sync(kWholeWarp, down, distance, width_);
      if (rank >= distance) up += lower;
      if (rank + distance < width_) down += upper;
    }
  }
  template <class Number>
  __device__ __forceinline__ Number one_up(Number x) {
    const Number before = __shfl_up_sync(kWholeWarp, x, 1, width_);
    return rank == 0 ? Number(0) : before;
  }
  __device__ __forceinline__ float one_down(float x) {
    const float behind = __shfl_down_sync(kWholeWarp, x, 1, width_);
    return rank == width_ - 1 ? 0.0f : behind;
  }

  int width_;
};

// All threads of a block. Operations leave a number per warp in one of two buffers, in turn. One barrier per operation then
// suffices, as no thread can be two operations ahead of another.
struct Block {
  static constexpr int kSize = 0;  // known at launch
  static constexpr bool kSpansBlocks = false;
  static constexpr int kMaxWarps = 32;
  static constexpr int kBytesPerWarp = 32;
  int rank;

  __device__ __forceinline__ explicit Block(void* shared, int = 0)
      : rank(threadIdx.x), buffers_(static_cast<char*>(shared)), turn_(0) {}
  __device__ __forceinline__ int size() const { return blockDim.x; }
  __device__ __forceinline__ int warps() const { return blockDim.x / 32; }
  __device__ __forceinline__ void synchronize() { __syncthreads(); }

  __device__ __forceinline__ float max(float x) {
    float* parts = publish(Warp(nullptr).max(x));
    float top = parts[0];
    for (int warp = 1; warp < warps(); warp++) top = fmaxf(top, parts[warp]);
    return top;
  }
  template <class Number>
  __device__ __forceinline__ Number sum(Number x) {
    Number* parts = publish(Warp(nullptr).sum(x));
    Number all = parts[0];
    for (int warp = 1; warp < warps(); warp++) all += parts[warp];
    return all;
  }
  __device__ __forceinline__ bool any(bool x) { return sum(x ? 1.0f : 0.0f) > 0; }
  __device__ __forceinline__ bool any_together(bool x) { return x; }
  // Gathers the numbers of the first thread of each warp, [warps()].
  template <class Number>
  __device__ __forceinline__ const Number* of_warps(const Number& x) {
    return publish(x);
  }
  template <class Number>
  __device__ __forceinline__ Scan<Number> scan(Number x) {
    const Scan<Number> inside = Warp(nullptr).scan(x);
    const Number* parts = publish(inside.total);
    Number before = 0, total = 0;
    for (int warp = 0; warp < warps(); warp++) {
      if (warp == own_warp()) before = total;
      total += parts[warp];
    }
    return {before + inside.before, total};
  }
  template <class Number>
  __device__ __forceinline__ Scan<Number> scan_back(Number x) {
    const Scan<Number> inside = Warp(nullptr).scan_back(x);
    const Number* parts = publish(inside.total);
    Number behind = 0, total = 0;
    for (int warp = warps() - 1; warp >= 0; warp--) {
      if (warp == own_warp()) behind = total;
      total += parts[warp];
    }
    return {behind + inside.before, total};
  }
  __device__ __forceinline__ BothWays both_ways(float x) {
    const BothWays inside = Warp(nullptr).both_ways(x);
    const float* parts = publish(inside.total);
    float before = 0, behind = 0, total = 0;
    for (int warp = 0; warp < warps(); warp++) {
      if (warp == own_warp()) before = total;
      total += parts[warp];
    }
    for (int warp = warps() - 1; warp > own_warp(); warp--) behind += parts[warp];
    return {before + inside.before, behind + inside.behind, total};
  }
  __device__ __forceinline__ Crossing cross(float behind, float before, float first, float second) {
    struct alignas(16) Totals {
      float behind, before, first, second;
    };
    Warp warp(nullptr);
    const Scan<float> back = warp.scan_back(behind), up = warp.scan(before);
    const Totals* parts = publish(Totals{back.total, up.total, warp.sum(first), warp.sum(second)});
    Crossing all{0, 0, 0, 0};
    for (int i = warps() - 1; i > own_warp(); i--) all.behind += parts[i].behind;
    for (int i = 0; i < warps(); i++) {
      if (i < own_warp()) all.before += parts[i].before;
      all.first += static_cast<double>(parts[i].first);
      all.second += static_cast<double>(parts[i].second);
    }
    return {all.behind + back.before, all.before + up.before, all.first, all.second};
  }
  __device__ __forceinline__ Tally tally(unsigned before, unsigned total, float sum) {
    struct alignas(16) Totals {
      unsigned before, total;
      float sum;
    };
    Warp warp(nullptr);
    const Scan<unsigned> up = warp.scan(before);
    const Totals* parts = publish(Totals{up.total, warp.sum(total), warp.sum(sum)});
    Tally all{up.before, 0, 0};
    for (int i = 0; i < warps(); i++) {
      if (i < own_warp()) all.before += parts[i].before;
      all.total += parts[i].total;
      all.sum += static_cast<double>(parts[i].sum);
    }
    return all;
  }

 private:
  __device__ __forceinline__ int own_warp() const { return threadIdx.x / 32; }
  template <class Number>
  __device__ __forceinline__ Number* publish(Number x) {
    static_assert(sizeof(Number) <= kBytesPerWarp, "a buffer has room for it");
    Number* parts = reinterpret_cast<Number*>(buffers_ + turn_ * kMaxWarps * kBytesPerWarp);
    turn_ ^= 1;
    if (threadIdx.x % 32 == 0) parts[own_warp()] = x;
    __syncthreads();
    return parts;
  }

  char* buffers_;
  int turn_;
};

// A single thread with a row of its own; the threads of a warp take every step together.
struct Single {
  static constexpr int kSize = 1;
  static constexpr int rank = 0;

  __device__ __forceinline__ explicit Single(void*, int = 1) {}
  __device__ __forceinline__ int size() const { return 1; }
  __device__ __forceinline__ float max(float x) { return x; }
  template <class Number>
  __device__ __forceinline__ Number sum(Number x) {
    return x;
  }
  __device__ __forceinline__ bool any(bool x) { return x; }
  __device__ __forceinline__ bool any_together(bool x) { return __any_sync(kWholeWarp, x); }
  template <class Number>
  __device__ __forceinline__ Scan<Number> scan(Number x) {
    return {Number(0), x};
  }
  template <class Number>
  __device__ __forceinline__ Scan<Number> scan_back(Number x) {
    return {Number(0), x};
  }
  __device__ __forceinline__ void synchronize() {}
};

}  // namespace semd::cuda
