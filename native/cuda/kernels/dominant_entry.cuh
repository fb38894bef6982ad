// The dominant entry of a row's gradient: that of a class whose exponential is 1 and whose others add up to less than 1.
//
// With p_i close to 1 it is the difference of numbers that are almost equal. But all entries of a row's gradient add up to 0,
// so the dominant one is what the others leave (mathematics, "The dominant entry").
#pragma once

#include <cuda_runtime.h>

namespace semd::cuda {

// By the sum of a row's exponentials, the greatest of which is 1.
template <class Number>
static __device__ __forceinline__ bool has_dominant_entry(Number sum) {
  return sum < 2;
}

static __device__ __forceinline__ float left_by(float others) { return -others; }

// Of a row whose label is kept apart: `own` is the label's entry, `others` what the entries add up to without the label's and
// the dominant one. `put(i, entry)` writes the dominant entry if it is class i's rather than the label's; the label's entry
// is returned.
template <class Put>
static __device__ __forceinline__ float settle_entries(bool dominated, bool by_label, int dominant, float others, float own,
                                                       Put put) {
  if (dominated && dominant >= 0) put(dominant, left_by(others + own));
  return dominated && by_label ? left_by(others) : own;
}

// For a thread that has a row for itself: it adds up all entries but the one whose exponential is 1.
struct OtherEntries {
  float sum = 0;
  int dominant = -1;

  __device__ __forceinline__ void add(int i, bool is_top, float entry) {
    sum += is_top ? 0.0f : entry;
    dominant = is_top ? i : dominant;
  }
};

}  // namespace semd::cuda
