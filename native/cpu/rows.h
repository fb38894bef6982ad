// One row at a time, vectors along the classes: for rows so long that several of them would not stay in the cache.
//
// The row is cut into blocks of four vectors. For running sums a block is kept transposed (transpose_quads): four
// neighbours then lie in the same lane of the four vectors, so that most of a running sum is three vertical additions, and
// only the sums of the chunks of four are added up across lanes. Float32 inside a block, float64 from block to block.
//
// The ground distance leaves a number per class, as a number per block (float64) less one per class, and a gain and a
// center, such that with a_i = base - local_i
//   from logits         dE/dz_i = p_i gain (a_i - center)
//   from probabilities  dE/dp_i = gain (a_i - center)
#pragma once

#include <cmath>
#include <limits>

#include "../squared_emd.h"
#include "ground.h"
#include "kernels.h"
#include "vector_math.h"

namespace SEMD_ISA {

using semd::Sums;
using semd::Task;

constexpr int kBlock = 4 * kLanes;

// Blocks whose sums may be added up in float32, 64 terms or fewer to a lane.
constexpr int kBlocksPerRun = 16;

struct Block {
  Float v[4];
};

struct Row {
  int classes;
  int blocks;
  bool squared;
  const float* z;  // the caller's predictions
  const float* t;  // distribution, or null
  float* out;      // the gradient's row, or null
  int label;       // or -1
  float* e;        // scratch: exponentials, or probabilities; in blocks, transposed where the ground distance sums up
  float* local;    // scratch: local_i, in the same order
  double* base;    // scratch: per block
  double sum;      // of the exponentials; 1 from probabilities
  double target_mass;
  bool broken;     // the loss is NaN
  bool no_target;  // because the distribution is none
  double cross_entropy;
  double emd;      // before normalization
  double gain, center;
};

static inline Block load_block(const float* p) {
  return {{load(p), load(p + kLanes), load(p + 2 * kLanes), load(p + 3 * kLanes)}};
}
static inline void store_block(float* p, const Block& b) {
  for (int c = 0; c < 4; c++) store(p + c * kLanes, b.v[c]);
}
// A block of a row that may end inside it.
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
static inline void transpose(Block& b) { transpose_quads(b.v[0], b.v[1], b.v[2], b.v[3]); }

// Places in a transposed block: that of lane l of vector c is 4 chunk(l) + c.
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

static inline Float sum_of(const Block& b) { return add(add(b.v[0], b.v[1]), add(b.v[2], b.v[3])); }

// Running sum over a transposed block, each element's own included, on top of `carry`, which moves on.
template <bool backward>
static inline Block running_sum(const Block& b, double& carry) {
  Block s;
  if constexpr (backward) {
    s.v[3] = b.v[3];
    for (int c = 2; c >= 0; c--) s.v[c] = add(s.v[c + 1], b.v[c]);
  } else {
    s.v[0] = b.v[0];
    for (int c = 1; c < 4; c++) s.v[c] = add(s.v[c - 1], b.v[c]);
  }
  const Float chunks = scan_chunks<backward>(s.v[backward ? 0 : 3]);
  const Float before = add(neighbour_chunk<1, backward>(chunks), broadcast(static_cast<float>(carry)));
  for (int c = 0; c < 4; c++) s.v[c] = add(s.v[c], before);
  carry += last_chunk<backward>(chunks);
  return s;
}

// Running sum inside the block alone, each element's own excluded; the block's sum goes to `carry`.
template <bool backward>
static inline Block running_sum_before(const Block& b, double& carry) {
  Block s;
  Float run;
  if constexpr (backward) {
    run = b.v[3];
    s.v[3] = zero();
    for (int c = 2; c >= 0; c--) {
      s.v[c] = run;
      run = add(run, b.v[c]);
    }
  } else {
    run = b.v[0];
    s.v[0] = zero();
    for (int c = 1; c < 4; c++) {
      s.v[c] = run;
      run = add(run, b.v[c]);
    }
  }
  const Float chunks = scan_chunks<backward>(run);
  const Float before = neighbour_chunk<1, backward>(chunks);
  for (int c = 0; c < 4; c++) s.v[c] = add(s.v[c], before);
  carry += last_chunk<backward>(chunks);
  return s;
}

// ---- From predictions to p and the cross entropy ----

static inline void check_distribution(Row& row, Mask any_negative) {
  const bool sums_to_one = std::fabs(row.target_mass - 1) <= semd::kDistributionTolerance;
  row.no_target = bits(any_negative) != 0 || !sums_to_one;
  row.broken = row.broken || row.no_target;
}

static inline float row_maximum(const float* z, int classes) {
  int i = 0;
  Float top = broadcast(-std::numeric_limits<float>::infinity());
  if (classes >= kBlock) {
    Block m = load_block(z);
    for (i = kBlock; i + kBlock <= classes; i += kBlock) {
      const Block b = load_block(z + i);
      for (int c = 0; c < 4; c++) m.v[c] = max(m.v[c], b.v[c]);
    }
    top = max(max(m.v[0], m.v[1]), max(m.v[2], m.v[3]));
  }
  if (i < classes) {
    const Block b = load_block(z + i, classes - i, -std::numeric_limits<float>::infinity());
    top = max(top, max(max(b.v[0], b.v[1]), max(b.v[2], b.v[3])));
  }
  return maximum(top);
}

template <bool transposed, bool distribution>
static void row_softmax(Row& row) {
  const int classes = row.classes;
  const Float top = broadcast(row_maximum(row.z, classes));
  const Float least_logit = broadcast(semd::kLeastLogit);
  BlockTotal sum, mass, dot;
  Mask negative = less(zero(), zero());
  for (int block = 0, i = 0; i < classes; block++, i += kBlock) {
    Block d = load_block(row.z + i, classes - i, -std::numeric_limits<float>::infinity());
    for (int line = 0; line < kBlock; line += 16) {
      prefetch(row.z + classes + i + line);  // the next row
      if (row.out) prefetch(row.out + i + line);
    }
    Block e;
    for (int c = 0; c < 4; c++) {
      const Float z = d.v[c];
      d.v[c] = sub(z, top);
      e.v[c] = exp_or_zero(d.v[c], least_logit);
      if constexpr (distribution) {
        // p - t may cancel: the difference and the sum are taken to more than float32.
        const Float lost = rounding_of_difference(z, top, d.v[c]);
        e.v[c] = fma(e.v[c], keep(not_less(d.v[c], least_logit), lost), e.v[c]);
        sum.total = add(sum.total, widen(e.v[c]));
      }
    }
    if constexpr (!distribution) {
      sum.run = add(sum.run, sum_of(e));
      sum.carry_after(block);
    }
    if constexpr (distribution) {
      const Block t = load_block(row.t + i, classes - i, 0.0f);
      Block term;
      for (int c = 0; c < 4; c++) {
        negative = either(negative, less(t.v[c], zero()));
        term.v[c] = keep(invert(equal(t.v[c], zero())), mul(t.v[c], d.v[c]));
      }
      mass.run = sum_of(t);
      mass.carry();
      dot.run = add(dot.run, sum_of(term));
      dot.carry_after(block);
    }
    if constexpr (transposed) transpose(e);
    store_block(row.e + i, e);
  }
  row.sum = sum.value();
  row.broken = !(row.sum <= std::numeric_limits<float>::max());
  if constexpr (distribution) {
    row.target_mass = mass.value();
    check_distribution(row, negative);
    row.cross_entropy = row.target_mass * std::log(row.sum) - dot.value();
  } else {
    row.target_mass = 1;
    const float top_logit = first_lane(top);
    row.cross_entropy = std::log(row.sum) - (static_cast<double>(row.z[row.label]) - top_logit);
  }
}

static inline Float clip_to_probability(Float p) { return max(p, broadcast(semd::kLeastProbability)); }

template <bool transposed, bool distribution>
static void row_probabilities(Row& row) {
  const int classes = row.classes;
  const Float least_p = broadcast(semd::kLeastProbability);
  BlockTotal check, mass, dot;
  Mask negative = less(zero(), zero());
  for (int block = 0, i = 0; i < classes; block++, i += kBlock) {
    Block p = load_block(row.z + i, classes - i, 0.0f);
    Block none;
    for (int c = 0; c < 4; c++) none.v[c] = mul(p.v[c], zero());  // NaN where p is not finite
    check.run = add(check.run, sum_of(none));
    if constexpr (distribution) {
      const Block t = load_block(row.t + i, classes - i, 0.0f);
      Block term;
      for (int c = 0; c < 4; c++) {
        negative = either(negative, less(t.v[c], zero()));
        const Float log_p = log_positive(clip_to_probability(p.v[c]));
        term.v[c] = keep(invert(equal(t.v[c], zero())), mul(t.v[c], log_p));
      }
      mass.run = sum_of(t);
      mass.carry();
      dot.run = add(dot.run, sum_of(term));
      dot.carry_after(block);
    }
    for (int c = 0; c < 4; c++) p.v[c] = keep(not_less(abs(p.v[c]), least_p), p.v[c]);
    if constexpr (transposed) transpose(p);
    store_block(row.e + i, p);
  }
  row.sum = 1;
  row.broken = !(check.value() == 0);
  if constexpr (distribution) {
    row.target_mass = mass.value();
    check_distribution(row, negative);
    row.cross_entropy = -dot.value();
  } else {
    row.target_mass = 1;
    const float p = row.z[row.label];
    row.cross_entropy = -std::log(static_cast<double>(p > semd::kLeastProbability ? p : semd::kLeastProbability));
  }
}

// ---- Logits and class indices: the one-pass form of the ordered and the squared circular ground distance ----

// What goes from block to block on one side of the label.
struct Side {
  double mass = 0;   // moved mass
  double slope = 0;  // sum of w_j times the moved mass
};

template <bool unit>
static inline Block gaps_of(const float* gap, int place) {
  if constexpr (unit) return {};
  Block w = load_block(gap + place);
  transpose(w);
  return w;
}

// Elements in front of the label (behind it) alone.
template <bool behind>
static inline Block one_side(const Block& b, int begin, int label) {
  Block kept;
  const Int places = add(first_places(), broadcast(int32_t{begin}));
  for (int c = 0; c < 4; c++) {
    const Int place = add(places, broadcast(int32_t{c})), own = broadcast(int32_t{label});
    kept.v[c] = keep(behind ? less(own, place) : less(place, own), b.v[c]);
  }
  return kept;
}

template <bool unit, bool behind>
static inline Block weighted(const Block& b, const float* gap, int begin) {
  if constexpr (unit) return b;
  const Block w = gaps_of<unit>(gap, begin - (behind ? 1 : 0));
  Block q;
  for (int c = 0; c < 4; c++) q.v[c] = mul(w.v[c], b.v[c]);
  return q;
}

static inline void add_products(Float& sum, const Block& a, const Block& b) {
  const Float low = fma(a.v[0], b.v[0], mul(a.v[1], b.v[1])), high = fma(a.v[2], b.v[2], mul(a.v[3], b.v[3]));
  sum = add(sum, add(low, high));
}

// The block that holds the label has both sides: a_i is written out, the base is 0.
static inline void store_label_block(Row& row, int block, const Block& front, const Block& rear, const Side& before,
                                     const Side& after, double front_base, double rear_base) {
  const int begin = block * kBlock;
  Block a;
  const Float front_all = broadcast(static_cast<float>(before.slope - front_base));
  const Float rear_all = broadcast(static_cast<float>(after.slope - rear_base));
  Block front_value, rear_value;
  for (int c = 0; c < 4; c++) {
    front_value.v[c] = sub(front.v[c], front_all);
    rear_value.v[c] = sub(rear.v[c], rear_all);
  }
  front_value = one_side<false>(front_value, begin, row.label);
  rear_value = one_side<true>(rear_value, begin, row.label);
  for (int c = 0; c < 4; c++) a.v[c] = add(front_value.v[c], rear_value.v[c]);
  store_block(row.local + begin, a);
  row.base[block] = 0;
}

static inline void set_one_pass(Row& row, double sum) {
  row.center = sum / row.sum;
  row.emd = row.squared ? row.center / row.sum : row.center;
  row.gain = row.squared ? 2 / row.sum : 1;
}

template <bool unit, bool behind>
static inline Block ordered_block(Row& row, const float* gap, int block, bool holds_label, Side& side, BlockTotal& emd) {
  const int begin = block * kBlock;
  Block e = load_block(row.e + begin);
  if (holds_label) e = one_side<behind>(e, begin, row.label);
  Block moved = running_sum<behind>(e, side.mass);
  if (holds_label) moved = one_side<behind>(moved, begin, row.label);
  const Block slope = weighted<unit, behind>(moved, gap, begin);
  add_products(emd.run, slope, moved);
  return running_sum_before<behind>(slope, side.slope);
}

// After the sums of one side are known, a_i = (sum of the side - sum before the block) - local_i.
static inline void finish_side(Row& row, int begin, int end, double slope) {
  for (int block = begin; block < end; block++) row.base[block] = slope - row.base[block];
}

template <bool unit>
static void ordered_row(Row& row, const float* gap) {
  const int own = row.label / kBlock;
  Side before, after;
  BlockTotal emd;
  for (int block = 0; block < own; block++) {
    row.base[block] = before.slope;
    store_block(row.local + block * kBlock, ordered_block<unit, false>(row, gap, block, false, before, emd));
    emd.carry_after(block);
  }
  emd.carry();
  for (int block = row.blocks - 1; block > own; block--) {
    row.base[block] = after.slope;
    store_block(row.local + block * kBlock, ordered_block<unit, true>(row, gap, block, false, after, emd));
    emd.carry_after(block);
  }
  emd.carry();
  const double front_base = before.slope, rear_base = after.slope;
  const Block front = ordered_block<unit, false>(row, gap, own, true, before, emd);
  const Block rear = ordered_block<unit, true>(row, gap, own, true, after, emd);
  store_label_block(row, own, front, rear, before, after, front_base, rear_base);
  finish_side(row, 0, own, before.slope);
  finish_side(row, own + 1, row.blocks, after.slope);
  set_one_pass(row, emd.value());
}

template <bool unit, bool behind>
static inline Block moved_mass(Row& row, const float* gap, int block, bool holds_label, Side& side, BlockTotal& mean) {
  const int begin = block * kBlock;
  Block e = load_block(row.e + begin);
  if (holds_label) e = one_side<behind>(e, begin, row.label);
  Block moved = running_sum<behind>(e, side.mass);
  if (holds_label) moved = one_side<behind>(moved, begin, row.label);
  const Float sum = sum_of(weighted<unit, behind>(moved, gap, begin));
  mean.run = behind ? sub(mean.run, sum) : add(mean.run, sum);
  return moved;
}

template <bool unit, bool behind>
static inline Block centered_slopes(Row& row, const float* gap, int block, bool holds_label, const Pair& mean, Side& side,
                                    BlockTotal& emd) {
  const int begin = block * kBlock;
  Block x = load_block(row.local + begin);
  for (int c = 0; c < 4; c++) {
    x.v[c] = behind ? add(add(x.v[c], mean.high), mean.low) : sub(sub(x.v[c], mean.high), mean.low);
  }
  // Behind the last class nothing is left to count, and its padding must not count either.
  if (holds_label || begin + kBlock > row.classes) {
    x = one_side<behind>(x, begin, row.label);
    if (behind) x = one_side<false>(x, begin, row.classes);
  }
  const Block slope = weighted<unit, behind>(x, gap, begin);
  add_products(emd.run, slope, x);
  return running_sum_before<behind>(slope, side.slope);
}

template <bool unit>
static void circular_row(Row& row, const float* gap, double total_gap) {
  const int own = row.label / kBlock;
  Side before, after;
  BlockTotal weighted_sum;
  for (int block = 0; block < own; block++) {
    store_block(row.local + block * kBlock, moved_mass<unit, false>(row, gap, block, false, before, weighted_sum));
    weighted_sum.carry_after(block);
  }
  weighted_sum.carry();
  for (int block = row.blocks - 1; block > own; block--) {
    store_block(row.local + block * kBlock, moved_mass<unit, true>(row, gap, block, false, after, weighted_sum));
    weighted_sum.carry_after(block);
  }
  weighted_sum.carry();
  const Block front_mass = moved_mass<unit, false>(row, gap, own, true, before, weighted_sum);
  const Block rear_mass = moved_mass<unit, true>(row, gap, own, true, after, weighted_sum);
  Block both_masses;
  for (int c = 0; c < 4; c++) both_masses.v[c] = add(front_mass.v[c], rear_mass.v[c]);
  store_block(row.local + own * kBlock, both_masses);

  const double exact_mean = weighted_sum.value() / total_gap;
  const Pair mean(exact_mean);
  BlockTotal emd;
  for (int block = 0; block < own; block++) {
    row.base[block] = before.slope;
    const Block local = centered_slopes<unit, false>(row, gap, block, false, mean, before, emd);
    store_block(row.local + block * kBlock, local);
    emd.carry_after(block);
  }
  emd.carry();
  for (int block = row.blocks - 1; block > own; block--) {
    row.base[block] = after.slope;
    const Block local = centered_slopes<unit, true>(row, gap, block, false, mean, after, emd);
    store_block(row.local + block * kBlock, local);
    emd.carry_after(block);
  }
  emd.carry();
  const double front_base = before.slope, rear_base = after.slope;
  const Block front = centered_slopes<unit, false>(row, gap, own, true, mean, before, emd);
  const Block rear = centered_slopes<unit, true>(row, gap, own, true, mean, after, emd);
  store_label_block(row, own, front, rear, before, after, front_base, rear_base);
  finish_side(row, 0, own, before.slope);
  finish_side(row, own + 1, row.blocks, after.slope);
  const double closing = gap[row.classes - 1] * exact_mean;
  set_one_pass(row, emd.value() + closing * exact_mean);
  // Were the mean exact, the weighted differences from it would add up to 0. What is left of their sum shifts the
  // center, so that the gradient still adds up to 0.
  row.center += exact_mean * (before.slope - after.slope - closing) / row.sum;
}

// ---- CDF differences, for distributions and for probabilities ----

// e_i share - t_i, which may cancel.
static inline Float excess(Float e, const Pair& share, Float t) {
  return fma(e, share.low, fma(e, share.high, sub(zero(), t)));
}

// Cumulated p - t of a block.
static inline Block differences(const Row& row, int block, const Pair& inverse_sum, double& carry) {
  const int begin = block * kBlock;
  const Block e = load_block(row.e + begin);
  Block t;
  if (row.t) {
    t = load_block(row.t + begin, row.classes - begin, 0.0f);
    transpose(t);
  } else {
    const Int places = add(first_places(), broadcast(int32_t{begin - row.label}));
    for (int c = 0; c < 4; c++) t.v[c] = keep(equal(places, broadcast(int32_t{-c})), broadcast(1.0f));
  }
  Block x;
  for (int c = 0; c < 4; c++) x.v[c] = excess(e.v[c], inverse_sum, t.v[c]);
  return running_sum<false>(x, carry);
}

// From the slopes of a block's boundaries to local_i, and to the sum of p_i times the sum of the slopes before i.
static inline void take_slopes(Row& row, int block, const Block& slope, double& carry, BlockTotal& dot) {
  const int begin = block * kBlock;
  row.base[block] = carry;
  const Float base = broadcast(static_cast<float>(carry));
  const Block local = running_sum_before<false>(slope, carry), e = load_block(row.e + begin);
  store_block(row.local + begin, local);
  Block value;
  for (int c = 0; c < 4; c++) value.v[c] = add(local.v[c], base);
  add_products(dot.run, e, value);
  dot.carry_after(block);
}

// g_i = rho (sum of all slopes - sum of those before i)
static inline void finish_slopes(Row& row, double emd, double slopes, double dot, bool logits) {
  finish_side(row, 0, row.blocks, slopes);
  row.emd = emd;
  row.gain = row.squared ? 2 : 1;
  row.center = logits ? slopes - dot / row.sum : 0;
}

static void ordered_differences_row(Row& row, const float* gap, bool logits) {
  const Pair inverse_sum(1 / row.sum);
  double carry = 0, slopes = 0;
  BlockTotal emd, dot;
  for (int block = 0; block < row.blocks; block++) {
    const Block x = differences(row, block, inverse_sum, carry), w = gaps_of<false>(gap, block * kBlock);
    Block slope;
    for (int c = 0; c < 4; c++) slope.v[c] = mul(w.v[c], row.squared ? x.v[c] : sign(x.v[c]));
    add_products(emd.run, slope, x);
    emd.carry_after(block);
    take_slopes(row, block, slope, slopes, dot);
  }
  finish_slopes(row, emd.value(), slopes, dot.value(), logits);
}

static void circular_differences_row(Row& row, const float* gap, double total_gap, bool logits) {
  const Pair inverse_sum(1 / row.sum);
  double carry = 0, slopes = 0;
  BlockTotal weighted_sum, emd, dot;
  for (int block = 0; block < row.blocks; block++) {
    const Block x = differences(row, block, inverse_sum, carry), w = gaps_of<false>(gap, block * kBlock);
    store_block(row.local + block * kBlock, x);
    add_products(weighted_sum.run, w, x);
    weighted_sum.carry_after(block);
  }
  const Float mean = broadcast(static_cast<float>(weighted_sum.value() / total_gap));
  for (int block = 0; block < row.blocks; block++) {
    Block x = load_block(row.local + block * kBlock), slope;
    const Block w = gaps_of<false>(gap, block * kBlock);
    for (int c = 0; c < 4; c++) {
      x.v[c] = sub(x.v[c], mean);
      slope.v[c] = mul(w.v[c], x.v[c]);
    }
    add_products(emd.run, slope, x);
    emd.carry_after(block);
    take_slopes(row, block, slope, slopes, dot);
  }
  finish_slopes(row, emd.value(), slopes, dot.value(), logits);
}

// ---- A cost per class: E = sum p_i^rho c_i. Rows in their natural order, local_i = -a_i + base, base 0 ----

struct MatrixRowCost {
  const float* cost;
  Float operator()(int i) const { return load(cost + i); }
};

// Distance of a class from the label on the line, or the shorter way round the circle.
template <bool circle>
struct ArcRowCost {
  const semd_ground& ground;
  int label;
  Float operator()(int i) const {
    const Float high = load(ground.position_high.data() + i), low = load(ground.position_low.data() + i);
    const Float own_high = broadcast(ground.position_high[label]), own_low = broadcast(ground.position_low[label]);
    const Float direct = abs(add(sub(high, own_high), sub(low, own_low)));
    if constexpr (!circle) return direct;
    const Float over_the_end = add(own_high, load(ground.position_rest.data() + i));
    const Float over_the_start = add(high, broadcast(ground.position_rest[label]));
    const Int place = add(lane_numbers(), broadcast(int32_t{i}));
    return min(direct, select(less(broadcast(int32_t{label}), place), over_the_end, over_the_start));
  }
};

template <class Cost>
static void cost_row(Row& row, const Cost& cost, bool logits) {
  BlockTotal emd;
  for (int block = 0, i = 0; block < row.blocks; block++, i += kBlock) {
    const Block e = load_block(row.e + i);
    Block a;
    for (int c = 0; c < 4; c++) {
      const Float each = cost(i + c * kLanes);
      a.v[c] = row.squared ? mul(e.v[c], each) : each;
    }
    if (row.squared) {
      add_products(emd.run, e, a);
    } else {
      Block pc;
      for (int c = 0; c < 4; c++) pc.v[c] = mul(e.v[c], a.v[c]);
      emd.run = add(emd.run, sum_of(pc));
    }
    emd.carry_after(block);
    for (int c = 0; c < 4; c++) a.v[c] = sub(zero(), a.v[c]);
    store_block(row.local + i, a);
    row.base[block] = 0;
  }
  if (logits) {
    set_one_pass(row, emd.value());
  } else {
    row.emd = emd.value();
    row.gain = row.squared ? 2 : 1;
    row.center = 0;
  }
}

}  // namespace SEMD_ISA
