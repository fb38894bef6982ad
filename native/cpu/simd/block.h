// Four consecutive vectors of a row, the unit in which long rows are read and written.
#pragma once

#include "simd.h"

namespace SEMD_ISA {

constexpr int kBlock = 4 * kLanes;
constexpr int kLine = 16;  // floats of a cache line

struct Block {
  Float v[4];
};

static inline Block load_block(const float* p) {
  return {{load(p), load(p + kLanes), load(p + 2 * kLanes), load(p + 3 * kLanes)}};
}
static inline void store_block(float* p, const Block& b) {
  for (int c = 0; c < 4; c++) store(p + c * kLanes, b.v[c]);
}
// Loads a block of which only the first `count` elements belong to the row; the others become `fill`.
static inline Block load_block(const float* p, int count, float fill) {
  if (count >= kBlock) return load_block(p);
  Block b;
  for (int c = 0; c < 4; c++, count -= kLanes) {
    b.v[c] = count >= kLanes ? load(p + c * kLanes)
             : count > 0     ? load_first(p + c * kLanes, count, broadcast(fill))
                             : broadcast(fill);
  }
  return b;
}
static inline void store_block(float* p, int count, const Block& b) {
  if (count >= kBlock) return store_block(p, b);
  for (int c = 0; c < 4 && count > 0; c++, count -= kLanes) {
    if (count >= kLanes) {
      store(p + c * kLanes, b.v[c]);
    } else {
      store_first(p + c * kLanes, count, b.v[c]);
    }
  }
}

}  // namespace SEMD_ISA
