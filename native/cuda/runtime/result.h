// What a call's rows add up to, on the device.
#pragma once

namespace semd::cuda {

// What a block adds up over its rows.
struct Partial {
  double cross_entropy, emd, rows, non_finite;
};

// On the device, one per stream.
struct DeviceResult {
  double loss, cross_entropy, emd, rows, non_finite;
  double mean_scale;                 // 1 / the sum of the row weights, or 0
  unsigned long long bad_row;        // the first whose label is no class; kNoRow: none
  long long bad_label;
  int has_index_rows, has_distribution_rows;  // of a batch of distributions: indices and ignored rows, and others
  Partial so_far;                             // where rows are several launches: the sums of those before
  unsigned long long non_finite_row;  // the first whose loss is NaN or infinite; kNoRow: none
  // Of the call that runs; between calls kNoRow, and 0.
  unsigned long long bad_row_so_far, non_finite_row_so_far;
  unsigned int non_finite_losses_so_far;  // 1: Infinity among them, 2: -Infinity, both: NaN
  unsigned int blocks_finished;       // 0 between calls
};

constexpr unsigned long long kNoRow = ~0ull;

}  // namespace semd::cuda
