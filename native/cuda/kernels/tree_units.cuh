// The integers in which thread_rows/ and segmented_rows/ add up masses and slopes over a tree. Sums of them lose nothing, so that
// their differences, which may cancel, are exact.
#pragma once

#include <cuda_runtime.h>

namespace semd::cuda {

constexpr float kTreeMass = 0x1p30f;        // all of a row's mass in units
constexpr float kLeastMoved = 0x1p-90f;     // the square of less is nothing

// Masses in units. What rounding leaves of one is added to the next, so that many equal ones do not add up to something else.
class UnitsOfMass {
 public:
  __device__ __forceinline__ explicit UnitsOfMass(float all) : units_(kTreeMass / all) {}
  __device__ __forceinline__ unsigned of(float mass) {
    const float exact = fmaf(mass, units_, left_);
    const int rounded = __float2int_rn(exact);
    left_ = exact - static_cast<float>(rounded);
    return static_cast<unsigned>(rounded);
  }

 private:
  float units_, left_ = 0;
};

}  // namespace semd::cuda
