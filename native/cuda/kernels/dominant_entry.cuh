// The dominant entry of a row's gradient: that of a class whose exponential is 1 while all others add up to less than 1.
//
// With p_i close to 1 that entry is a difference of almost equal numbers. But all entries of a row's gradient add up to 0, so
// the dominant one is minus the sum of the others (mathematics, "The dominant entry").
#pragma once

#include <cuda_runtime.h>

namespace semd::cuda {

// Takes the sum of a row's exponentials, the greatest of which is 1.
template <class Number>
static __device__ __forceinline__ bool has_dominant_entry(Number sum) {
  return sum < 2;
}

static __device__ __forceinline__ float left_by(float others) { return -others; }

// For rows whose label is kept apart: `own` is the label's entry, `others` the sum of all entries but the label's and the
// dominant one. Writes the dominant entry with put(i, entry) if it is that of a class i other than the label; returns the
// label's entry.
template <class Put>
static __device__ __forceinline__ float settle_entries(bool dominated, bool by_label, int dominant, float others, float own,
                                                       Put put) {
  if (dominated && dominant >= 0) put(dominant, left_by(others + own));
  return dominated && by_label ? left_by(others) : own;
}

// The sum of all entries but the one whose exponential is 1, for threads with a row of their own.
struct OtherEntries {
  float sum = 0;
  int dominant = -1;

  __device__ __forceinline__ void add(int i, bool is_top, float entry) {
    sum += is_top ? 0.0f : entry;
    dominant = is_top ? i : dominant;
  }
};

}  // namespace semd::cuda
