// The result of a call on the device, while its rows are being added up and afterwards.
#pragma once

namespace semd::cuda {

// The sums of a block over its rows.
struct Partial {
  double cross_entropy, emd, rows, non_finite;
};

// In device memory, one per scratch (scratch.h).
struct DeviceResult {
  double loss, cross_entropy, emd, rows, non_finite;
  double mean_scale;                 // 1 / the sum of the row weights, or 0
  unsigned long long bad_row;        // the first row whose label is out of range; kNoRow: none
  long long bad_label;
  int has_index_rows, has_distribution_rows;  // whether a batch of distributions has class indices or ignored rows; others
  Partial so_far;                             // the sums of earlier launches, where a call has several
  unsigned long long non_finite_row;  // the first row whose loss is NaN or infinite; kNoRow: none
  // Of the call that is running; between calls kNoRow, and 0.
  unsigned long long bad_row_so_far, non_finite_row_so_far;
  unsigned int non_finite_losses_so_far;  // 1: Infinity among them, 2: -Infinity, both: NaN
  unsigned int blocks_finished;       // 0 between calls
};

constexpr unsigned long long kNoRow = ~0ull;

}  // namespace semd::cuda
