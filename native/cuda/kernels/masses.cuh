// The masses of a distribution in device memory: finite numbers t_i >= 0, whose sum S need not be 1. Kernels use the t_i as they
// are and divide by S only at the end, as in S p_i - t_i nothing is rounded before it cancels (mathematics, "Targets"). Float32
// arithmetic flushes denormal numbers, and its range must hold S^2, so a row whose sum is unusual is multiplied by a power of
// two first.
#pragma once

#include "../block/arithmetic.cuh"
#include "../block/runs.cuh"
#include "row_problem.h"

namespace semd::cuda {

// The bits of a mass, in which denormal numbers are not flushed; 0 for both zeros.
static __device__ __forceinline__ unsigned bits_of_mass(float t) {
  const unsigned bits = __float_as_uint(t);
  return bits == 0x80000000u ? 0u : bits;
}
static __device__ __forceinline__ bool is_mass(unsigned bits) { return bits < 0x7f800000u; }

static __device__ __forceinline__ double exact_mass(float t) {
  const unsigned bits = bits_of_mass(t);
  return bits < 0x00800000u ? static_cast<double>(bits) * 0x1p-149 : static_cast<double>(t);
}

static __device__ __forceinline__ double power_of_two(int exponent) { return __hiloint2double((1023 + exponent) << 20, 0); }

// t 2^shift
static __device__ __forceinline__ float shifted_mass(float t, int shift) {
  return static_cast<float>(exact_mass(t) * power_of_two(shift));
}

// Whether a sum of masses, and its square, are far from the ends of float32's range. A sum that is NaN is not.
static __device__ __forceinline__ bool is_usual_sum(double sum) { return sum >= 0.5 && sum <= 0x1p20; }

// A sum of masses that is exact enough if it is usual; NaN if one of them may be wrong, or is a negative zero.
class PlainSumOfMasses {
 public:
  __device__ __forceinline__ void add(float t) {
    const unsigned bits = __float_as_uint(t);
    greatest_ = bits > greatest_ ? bits : greatest_;
    sum_.add(t);
  }
  __device__ __forceinline__ double total() const {
    return is_mass(greatest_) ? sum_.total() : static_cast<double>(nanf(""));
  }

 private:
  unsigned greatest_ = 0;
  Compensated sum_;
};

// The sum of a row's masses, multiplied by 2^shift; for nearly all rows the shift is 0.
struct SumOfMasses {
  double sum = 1, inverse = 1;
  int shift = 0;
  bool valid = true;  // whether the masses are a distribution

  SumOfMasses() = default;
  __device__ __forceinline__ SumOfMasses(double of_row, bool all_are_masses) : valid(all_are_masses && of_row > 0) {
    if (!valid) return;
    sum = of_row;
    if (!is_usual_sum(sum)) {
      shift = 1023 - static_cast<int>(__double_as_longlong(sum) >> 52);
      sum *= power_of_two(shift);
    }
    inverse = reciprocal(sum);
  }
};

// The sum of a row's masses. A thread has `count` of them, target(0) and so on, with the plain sum `own`. Only a sum that float32
// arithmetic cannot hold, or not exactly, is taken once more; then the targets are shifted where they are, and `own` with them.
template <class Group, class Target>
static __device__ __forceinline__ SumOfMasses find_sum_of_masses(Group& group, bool counts, int count, Target target,
                                                                 double& own) {
  const double sum = group.sum(own);
  const bool usual = is_usual_sum(sum), known = usual || !counts;
  const SumOfMasses plain(usual ? sum : 1, true);
  if (!group.any_together(!known)) return plain;
  double exact = 0;
  float wrong = 0;
#pragma unroll 1
  for (int v = 0; v < count; v++) {
    exact += exact_mass(target(v));
    if (!is_mass(bits_of_mass(target(v)))) wrong = 1;
  }
  const double all = group.sum(exact);
  wrong = group.sum(wrong);
  if (known) return plain;
  const SumOfMasses found(all, wrong == 0);
  own = exact * power_of_two(found.shift);
#pragma unroll 1
  for (int v = 0; found.shift && v < count; v++) target(v) = shifted_mass(target(v), found.shift);
  return found;
}

}  // namespace semd::cuda
