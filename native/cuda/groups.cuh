// The threads that share a row: part of a warp, a warp, a block, or a single thread.
//
// All of them offer the same operations; every thread of the group gets the same bits. A scan is of one number per thread,
// in the order of their ranks: what lies before (behind) the own number, and the total.
#pragma once

#include <cuda_runtime.h>

namespace semd::cuda {

constexpr unsigned kWholeWarp = 0xffffffffu;

template <class Number>
struct Scan {
  Number before, total;
};

// A scan of two sequences that end where the other begins, the first `fronts` threads' in the order of their ranks and the
// others' in the opposite one: what lies before the own number in its sequence, and the totals of both.
struct SidesScan {
  float before, front, rear;
};

// `kWidth` neighbouring lanes, from 1 to 32; a warp holds 32 / kWidth rows, and all its lanes take every step together.
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
  __device__ __forceinline__ SidesScan scan_sides(float x, int fronts) {
    const bool front = rank < fronts;
    const int walked = front ? rank : kWidth - 1 - rank;  // threads before
#pragma unroll
    for (int distance = 1; distance < kWidth; distance *= 2) {
      const float other = __shfl_sync(kWholeWarp, x, (front ? rank - distance : rank + distance) & (kWidth - 1), kWidth);
      if (walked >= distance) x += other;
    }
    const float before = __shfl_sync(kWholeWarp, x, (front ? rank - 1 : rank + 1) & (kWidth - 1), kWidth);
    const float last_front = __shfl_sync(kWholeWarp, x, (fronts - 1) & (kWidth - 1), kWidth);
    const float last_rear = __shfl_sync(kWholeWarp, x, fronts & (kWidth - 1), kWidth);
    return {walked > 0 ? before : 0.0f, fronts > 0 ? last_front : 0.0f, fronts < kWidth ? last_rear : 0.0f};
  }
};

using Warp = Lanes<32>;

// All threads of a block. Each operation leaves a number per warp in one of two buffers, in turn: one barrier then
// suffices, since nobody can be two operations ahead.
struct Block {
  static constexpr int kSize = 0;  // as launched
  static constexpr int kMaxWarps = 32;
  int rank;

  __device__ __forceinline__ explicit Block(void* shared)
      : rank(threadIdx.x), buffers_(static_cast<double*>(shared)), turn_(0) {}
  __device__ __forceinline__ int size() const { return blockDim.x; }
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
  __device__ __forceinline__ SidesScan scan_sides(float x, int fronts) {
    struct Totals {
      float front, rear;
    };
    const int left = fronts - own_warp() * 32;
    const SidesScan inside = Warp(nullptr).scan_sides(x, left < 0 ? 0 : left < 32 ? left : 32);
    const Totals* parts = publish(Totals{inside.front, inside.rear});
    float front = 0, rear = 0, before = 0;
    for (int warp = 0; warp < warps(); warp++) {
      if (rank < fronts && warp == own_warp()) before = front;
      front += parts[warp].front;
    }
    for (int warp = warps() - 1; warp >= 0; warp--) {
      if (rank >= fronts && warp == own_warp()) before = rear;
      rear += parts[warp].rear;
    }
    return {before + inside.before, front, rear};
  }

 private:
  __device__ __forceinline__ int warps() const { return blockDim.x / 32; }
  __device__ __forceinline__ int own_warp() const { return threadIdx.x / 32; }
  template <class Number>
  __device__ __forceinline__ Number* publish(Number x) {
    Number* parts = reinterpret_cast<Number*>(buffers_ + turn_ * kMaxWarps);
    turn_ ^= 1;
    if (threadIdx.x % 32 == 0) parts[own_warp()] = x;
    __syncthreads();
    return parts;
  }

  double* buffers_;
  int turn_;
};

// One thread with a row of its own.
struct Single {
  static constexpr int kSize = 1;
  static constexpr int rank = 0;

  __device__ __forceinline__ explicit Single(void*) {}
  __device__ __forceinline__ int size() const { return 1; }
  __device__ __forceinline__ float max(float x) { return x; }
  template <class Number>
  __device__ __forceinline__ Number sum(Number x) {
    return x;
  }
  __device__ __forceinline__ bool any(bool x) { return x; }
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
