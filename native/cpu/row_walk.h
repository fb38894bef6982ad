// One long row: the way through its blocks, several at once, and what is left of each.
#pragma once

#include <type_traits>

#include "row_blocks.h"

namespace SEMD_ISA {

template <bool unit>
static inline Block gaps_of(const float* gap, int place) {
  if constexpr (unit) return {};
  Block w = load_block(gap + place);
  transpose(w);
  return w;
}

// The k-th of some blocks from `first` on, in the direction of the side's sums: towards the label.
template <bool behind>
static inline int kth(int first, int k) {
  return behind ? first - k : first + k;
}

// Gives the blocks of one side to `take(count, first)`, in the direction of its sums.
template <bool behind, class Take>
static inline void walk_side(const Row& row, int own, Take take) {
  int first = behind ? row.blocks - 1 : 0, left = behind ? row.blocks - 1 - own : own;
  for (; left >= kBlocksAtOnce; left -= kBlocksAtOnce, first = kth<behind>(first, kBlocksAtOnce)) {
    take(std::integral_constant<int, kBlocksAtOnce>(), first);
  }
  for (; left > 0; left--, first = kth<behind>(first, 1)) take(std::integral_constant<int, 1>(), first);
}

// What blocks of one side add to a_i: local_i, and a base each.
template <int n>
struct LocalSums {
  Blocks<n> local;
  double base[n];
};

template <bool behind, int n>
static inline void store_local(Row& row, int first, const LocalSums<n>& sums) {
  for (int k = 0; k < n; k++) {
    const int block = kth<behind>(first, k);
    fetch_while_measured(row, block * kBlock);
    row.base[block] = sums.base[k];
    store_block(row.local + block * kBlock, sums.local.at[k]);
  }
}

// After the sums of one side are known, a_i = (sum of the side - sum before the block) - local_i.
static inline void finish_side(Row& row, int begin, int end, double slope) {
  for (int block = begin; block < end; block++) row.base[block] = slope - row.base[block];
}

}  // namespace SEMD_ISA
