// The integers in which thread_rows/ and segmented_rows/ add up masses and slopes over a tree. Sums of them lose nothing, so that
// their differences, which may cancel, are exact.
#pragma once

#include <cuda_runtime.h>

namespace semd::cuda {

constexpr float kTreeMass = 0x1p30f;     // all of a row's mass in units
constexpr float kLeastMoved = 0x1p-90f;  // the square of less is nothing
constexpr float kLeastShare = 0x1p-60f;  // of the masses of a distribution; less of a difference is nothing

// Numbers in units. What rounding leaves of one is added to the next, so that many of them do not add up to something else.
class Rounding {
 public:
  __device__ __forceinline__ unsigned of(float exact) {
    exact += left_;
    const int rounded = __float2int_rn(exact);
    left_ = exact - static_cast<float>(rounded);
    return static_cast<unsigned>(rounded);
  }
  __device__ __forceinline__ float left() const { return left_; }

 private:
  float left_ = 0;
};

}  // namespace semd::cuda
