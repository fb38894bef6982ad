// One row at a time, vectors along the classes: for rows so long that several of them would not stay in the cache.
//
// The row is cut into blocks of four vectors. For running sums a block is kept transposed (transpose_quads): four
// neighbours then lie in the same lane of the four vectors, so that most of a running sum is three vertical additions, and
// only the sums of the chunks of four are added up across lanes. Sums are float32 inside a block, float64 from block to block.
//
// The ground distance leaves a base per block (float64) and a local_i per class, of which a_i = base - local_i, and a gain
// and a center such that
//   from logits         dE/dz_i = p_i gain (a_i - center)
//   from probabilities  dE/dp_i = gain (a_i - center)
#pragma once

#include <cmath>
#include <limits>

#include "../../include/squared_emd.h"
#include "../../core/ground.h"
#include "../kernels.h"
#include "../simd/block.h"
#include "../simd/vector_math.h"

namespace SEMD_ISA {

using semd::Sums;
using semd::Task;

namespace long_row {

// Blocks whose sums may be added up in float32: at most 64 terms to a lane.
constexpr int kBlocksPerRun = 16;

struct Row {
  int classes;
  int blocks;
  bool squared;
  const float* z;  // the caller's predictions
  const float* t;  // distribution, or null
  const float* next_t;  // the next row's, to be fetched; or null
  float* out;      // the gradient's row, or null
  int label;       // or -1
  float* e;        // scratch: exponentials, or probabilities; in blocks, transposed where the ground distance sums up
  float* e_low;    // scratch: the low parts of the exponentials, with distributions from logits; or null
  float* local;    // scratch: local_i, in the same order
  double* base;    // scratch: per block
  double sum;      // of the exponentials; 1 from probabilities
  double target_mass;  // S; what may cancel is S p_i - t_i
  bool broken;     // the loss is NaN
  bool no_target;  // of these, because the row of targets is not a distribution
  double cross_entropy;
  double emd;      // before normalization
  double gain, center;
};

// The next row, and the lines to which this row's gradient will be written, are prefetched while the row is worked on. If the
// ground distance sums up, most of the gradient's lines wait until it measures, so that memory has work in every step.
static SEMD_ALWAYS_INLINE void fetch_while_read(const Row& row, int begin, bool sums_up) {
  for (int line = 0; line < kBlock; line += kLine) {
    prefetch(row.z + row.classes + begin + line);
    if (row.out && (line == 0 || !sums_up)) prefetch(row.out + begin + line);
  }
}
static SEMD_ALWAYS_INLINE void fetch_while_measured(const Row& row, int begin) {
  for (int line = 0; row.next_t && line < kBlock; line += kLine) prefetch(row.next_t + begin + line);
  for (int line = kLine; row.out && line < kBlock; line += kLine) prefetch(row.out + begin + line);
}

static inline void transpose(Block& b) { transpose_quads(b.v[0], b.v[1], b.v[2], b.v[3]); }

// Places in a transposed block: lane l of vector c is at place 4 chunk_of_lane(l) + c.
static inline int chunk_of_lane(int lane) { return kLanes / 4 * (lane % 4) + lane / 4; }
static inline int offset_in_block(int place) {
  const int chunk = place / 4, lane = 4 * (chunk % (kLanes / 4)) + chunk / (kLanes / 4);
  return place % 4 * kLanes + lane;
}
static inline Int first_places() {
  alignas(64) int32_t place[kLanes];
  for (int lane = 0; lane < kLanes; lane++) place[lane] = 4 * chunk_of_lane(lane);
  return load(place);
}

// Sums in float64 of float32 vectors, carried over every kBlocksPerRun blocks.
struct BlockTotal {
  Double total = zero_double();
  Float run = zero();
  void carry() {
    total = add(total, widen(run));
    run = zero();
  }
  void carry_after(int block) {
    if (block % kBlocksPerRun == kBlocksPerRun - 1) carry();
  }
  double value() const { return SEMD_ISA::sum(add(total, widen(run))); }
};

// A float64 number in two float32 parts.
struct Pair {
  Float high, low;
  explicit Pair(double x)
      : high(broadcast(static_cast<float>(x))), low(broadcast(static_cast<float>(x - static_cast<float>(x)))) {}
};

static inline void add_products(Float& sum, const Block& a, const Block& b) {
  const Float low = fma(a.v[0], b.v[0], mul(a.v[1], b.v[1])), high = fma(a.v[2], b.v[2], mul(a.v[3], b.v[3]));
  sum = add(sum, add(low, high));
}

static inline Float sum_of(const Block& b) { return add(add(b.v[0], b.v[1]), add(b.v[2], b.v[3])); }

// Several neighbouring blocks at once, in the direction of their sums: each step of a block waits for the one before, but not
// for the steps of other blocks. What compiles WebAssembly spills where more than one are under way, and gains nothing.
#if defined(__wasm__)
constexpr int kBlocksAtOnce = 1;
#else
constexpr int kBlocksAtOnce = 3;
#endif
template <int n>
struct Blocks {
  Block at[n];
};

// Vertical running sums of transposed blocks, in place, and the running sums over the chunks; both include each element's own.
template <bool backward, int n>
static inline void sum_up_chunks(Blocks<n>& b, Float (&chunks)[n]) {
  for (Block& own : b.at) {
    for (int c = 1; c < 4; c++) {
      Float& to = own.v[backward ? 3 - c : c];
      to = add(own.v[backward ? 4 - c : c - 1], to);
    }
  }
  for (int k = 0; k < n; k++) chunks[k] = b.at[k].v[backward ? 0 : 3];
  scan_chunks<backward>(chunks);
}

// Running sums over transposed blocks, each element's own included. They begin at `carry`, which is advanced.
template <bool backward, int n>
static inline void running_sums(Blocks<n>& b, double& carry) {
  Float chunks[n];
  sum_up_chunks<backward>(b, chunks);
  for (int k = 0; k < n; k++) {
    const Float before = add(neighbour_chunk<1, backward>(chunks[k]), broadcast(static_cast<float>(carry)));
    for (Float& v : b.at[k].v) v = add(v, before);
    carry += last_chunk<backward>(chunks[k]);
  }
}

// The same, where what is before each block is known.
template <int n>
static inline void running_sums_from(Blocks<n>& b, const double (&before)[n]) {
  Float chunks[n];
  sum_up_chunks<false>(b, chunks);
  for (int k = 0; k < n; k++) {
    const Float start = add(neighbour_chunk<1, false>(chunks[k]), broadcast(static_cast<float>(before[k])));
    for (Float& v : b.at[k].v) v = add(v, start);
  }
}

// Running sums within each block, each element's own excluded; `base` gets the sum of everything before the block.
template <bool backward, int n>
static inline void running_sums_before(Blocks<n>& b, double& carry, double (&base)[n]) {
  Float chunks[n];
  sum_up_chunks<backward>(b, chunks);
  for (int k = 0; k < n; k++) {
    const Float before = neighbour_chunk<1, backward>(chunks[k]);
    Block& own = b.at[k];
    for (int c = 3; c > 0; c--) own.v[backward ? 3 - c : c] = add(own.v[backward ? 4 - c : c - 1], before);
    own.v[backward ? 3 : 0] = before;
    base[k] = carry;
    carry += last_chunk<backward>(chunks[k]);
  }
}

}  // namespace long_row
}  // namespace SEMD_ISA
