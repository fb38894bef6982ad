// Float32 sums along a row that neither drift nor lose small terms, as they are added up in short runs (mathematics, "Runs and
// carries").
#pragma once

#include <cuda_runtime.h>

namespace semd::cuda {

// A sum of many terms as a sum of short runs. A long sum would drift: equal terms all round the same way, and small terms
// that follow a large one all lose the same digits.
struct Run {
  static constexpr int kTerms = 8;
  float before = 0, part = 0;

  // To be called with v = 0, 1, 2, .. in loops that are unrolled by kTerms, so that the branch costs nothing.
  __device__ __forceinline__ void add(int v, float x) {
    if (v % kTerms == 0) close();
    part += x;
  }
  __device__ __forceinline__ void close() {
    before += part;
    part = 0;
  }
  __device__ __forceinline__ float total() const { return before + part; }
};

// A sum that keeps what its roundings lose. Float64 would do the same, but converting to it takes a GPU as long as eight
// additions, and many GPUs add it at a 64th of the rate.
class Compensated {
 public:
  __device__ __forceinline__ void add(float x) {
    const float sum = sum_ + x, added = sum - sum_;
    lost_ += (sum_ - (sum - added)) + (x - added);
    sum_ = sum;
  }
  __device__ __forceinline__ void add_product(float a, float b) {
    const float product = a * b;
    add(product);
    lost_ += fmaf(a, b, -product);
  }
  // Adds a number that is lost in the sum's roundings.
  __device__ __forceinline__ void add_small(float x) { lost_ += x; }
  __device__ __forceinline__ double total() const { return static_cast<double>(sum_) + static_cast<double>(lost_); }

 private:
  float sum_ = 0, lost_ = 0;
};

// Moved mass may be almost the same everywhere on the circle, and only its small differences from the mean count. So the mean
// is added up in runs short enough not to drift.
class MeanOfMoved {
 public:
  __device__ __forceinline__ void add(int v, float x) {
    part_ += x;
    if (v % 8 != 7) return;
    all_ += static_cast<double>(part_);
    part_ = 0;
  }
  __device__ __forceinline__ double total() const { return all_ + static_cast<double>(part_); }

 private:
  double all_ = 0;
  float part_ = 0;
};

}  // namespace semd::cuda
