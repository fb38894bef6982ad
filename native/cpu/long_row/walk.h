// One long row: the walk through its blocks, several at once, and storing what a form leaves of each.
#pragma once

#include <type_traits>

#include "blocks.h"

namespace SEMD_ISA {
namespace long_row {

template <bool unit>
static inline Block gaps_of(const float* gap, int place) {
  if constexpr (unit) return {};
  Block w = load_block(gap + place);
  transpose(w);
  return w;
}

// The k-th block from `first` on, in the direction of the walk.
template <bool backward>
static inline int kth(int first, int k) {
  return backward ? first - k : first + k;
}

// Calls take(count, first) until the `left` blocks from `first` on are done, several at a time while there are enough.
template <bool backward, class Take>
static inline void walk_blocks(int first, int left, Take take) {
  for (; left >= kBlocksAtOnce; left -= kBlocksAtOnce, first = kth<backward>(first, kBlocksAtOnce)) {
    take(std::integral_constant<int, kBlocksAtOnce>(), first);
  }
  for (; left > 0; left--, first = kth<backward>(first, 1)) take(std::integral_constant<int, 1>(), first);
}

// What n blocks contribute to a_i: a local_i per class, and a base each.
template <int n>
struct LocalSums {
  Blocks<n> local;
  double base[n];
};

template <bool backward, int n>
static inline void store_local(Row& row, int first, const LocalSums<n>& sums) {
  for (int k = 0; k < n; k++) {
    const int block = kth<backward>(first, k);
    fetch_while_measured(row, block * kBlock);
    row.base[block] = sums.base[k];
    store_block(row.local + block * kBlock, sums.local.at[k]);
  }
}

// Once the sum of all slopes is known, the base of a block becomes that sum less the slopes before the block.
static inline void finish_bases(Row& row, int begin, int end, double slopes) {
  for (int block = begin; block < end; block++) row.base[block] = slopes - row.base[block];
}

}  // namespace long_row
}  // namespace SEMD_ISA
