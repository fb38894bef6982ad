// Rows side by side: lane l of every vector belongs to row l of a group, so that sums over classes are plain vertical
// additions and no lane waits for another. This serves problems with few classes, all trees, and all problems whose
// classes are not contiguous (`inner` > 1), where the lanes are pixels.
//
// A group's state is a struct of vectors plus a few scratch arrays [classes][kLanes]. The ground distance leaves in it
// a number a_i per class and two numbers per row such that
//   from logits         dE/dz_i = p_i gain (a_i - center)
//   from probabilities  dE/dp_i = gain (a_i - center)
// The difference is taken before anything else is multiplied in: it may cancel.
#pragma once

#include <cmath>

#include "../../include/squared_emd.h"
#include "../../core/ground.h"
#include "../kernels.h"
#include "../simd/wide.h"

namespace SEMD_ISA {
namespace wide {

using semd::Sums;
using semd::Task;

// Longest running sum in float32 before it is carried over to float64. The equal terms of a row of equal logits all round the
// same way: runs of 64 miss the promised accuracy, runs of 16 make half of the promised error.
constexpr int kRun = 16;

struct Group {
  int classes;
  int used;            // lanes that hold a row
  bool squared;        // power 2
  float* z;            // logits, then exponentials; or probabilities; in the end the gradient
  float* z_low;        // the low parts of the exponentials, with distributions from logits; or null
  float* t;            // distributions, or null
  float* a;            // scratch, and where most ground distances leave a_i
  float* b;            // scratch
  double* m;           // scratch of trees
  Int label;           // always in range, whatever the caller's array says
  Float sum;           // of the exponentials
  Float inverse_sum;   // p_i = z_i inverse_sum
  Float inverse_low;   // the low part of inverse_sum, with distributions
  Float mass_share;    // the sum S of the target times inverse_sum, likewise in two parts: S p_i - t_i is what may cancel
  Float mass_share_low;
  Float inverse_mass;  // 1 / S, with distributions
  Mask broken;         // rows whose loss is NaN
  Mask no_target;      // of those, rows whose distribution is none
  Mask unusual;        // of those, rows whose mass is far from 1
  Float cross_entropy;
  Float emd;           // before normalization
  Float gain, center;
};

static inline float* at(float* p, int i) { return p + static_cast<int64_t>(i) * kLanes; }
static inline const float* at(const float* p, int i) { return p + static_cast<int64_t>(i) * kLanes; }
static inline double* at(double* p, int i) { return p + static_cast<int64_t>(i) * kLanes; }
static inline int least(int a, int b) { return a < b ? a : b; }

// Transposes rows, each contiguous, to columns [classes][kLanes], four classes at a time.
template <bool whole>
static inline void load_four(const float* const* row, int begin, int count, float* to) {
  for (int side = 0; side < kLanes; side += kHalf) {
    half::Float v[4];
    for (int j = 0; j < 4; j++) {
      half::Quad q[kHalf / 4];
      for (int part = 0; part < kHalf / 4; part++) {
        const float* from = row[side + 4 * part + j] + begin;
        q[part] = whole ? half::load_quad(from) : half::load_quad_first(from, count);
      }
      v[j] = half::join(q);
    }
    half::transpose_quads(v[0], v[1], v[2], v[3]);
    for (int i = 0; i < (whole ? 4 : count); i++) half::store(at(to, begin + i) + side, v[i]);
  }
}

static inline void load_transposed(const float* const* row, int classes, float* to) {
  int begin = 0;
  for (; begin + 4 <= classes; begin += 4) load_four<true>(row, begin, 4, to);
  if (begin < classes) load_four<false>(row, begin, classes - begin, to);
}

struct RowsInOrder {
  float* to;
  int64_t step;
  float* operator()(int lane) const { return to + lane * step; }
};

struct RowsAt {
  float* const* row;
  float* operator()(int lane) const { return row[lane]; }
};

// Back again: each of the first `rows` lanes goes to row(lane).
template <bool whole, class RowOf>
static inline void store_four(const float* from, int begin, int count, RowOf row_of, int rows) {
  for (int side = 0; side < (whole ? kLanes : rows); side += kHalf) {
    half::Float v[4];
    for (int i = 0; i < 4; i++) v[i] = whole || i < count ? half::load(at(from, begin + i) + side) : half::zero();
    half::transpose_quads(v[0], v[1], v[2], v[3]);
    for (int j = 0; j < 4; j++) {
      half::Quad q[kHalf / 4];
      half::split(v[j], q);
      for (int part = 0; part < kHalf / 4; part++) {
        const int row = side + 4 * part + j;
        if (whole) {
          half::store_quad(row_of(row) + begin, q[part]);
        } else if (row < rows) {
          half::store_quad_first(row_of(row) + begin, count, q[part]);
        }
      }
    }
  }
}

template <class RowOf>
static inline void store_transposed(const float* from, int classes, RowOf row_of, int rows) {
  int begin = 0;
  if (rows == kLanes) {
    for (; begin + 4 <= classes; begin += 4) store_four<true>(from, begin, 4, row_of, rows);
  }
  for (; begin < classes; begin += 4) store_four<false>(from, begin, least(4, classes - begin), row_of, rows);
}

// A running sum over the classes: float32 inside a run, float64 from run to run.
struct Carry {
  Double total = zero_double();
  Float base = zero(), run = zero();
  void next_run() {
    total = add(total, widen(run));
    base = narrow(total);
    run = zero();
  }
  Float value() const { return add(base, run); }
  Double wide() const { return add(total, widen(run)); }
};

// A sum whose intermediate values are not needed.
struct Total {
  Double total = zero_double();
  Float run = zero();
  bool one_run = true;
  void next_run() {
    total = add(total, widen(run));
    run = zero();
    one_run = false;
  }
  Double wide() const { return add(total, widen(run)); }
  Float value() const { return one_run ? run : narrow(wide()); }
};

// Calls body(i) for every class in ascending order, and between() from one run to the next.
template <class Body, class Between>
static inline void ascend(int classes, Body body, Between between) {
  for (int begin = 0;;) {
    const int end = least(begin + kRun, classes);
    for (int i = begin; i < end; i++) body(i);
    if (end == classes) return;
    between();
    begin = end;
  }
}

// The same from the last class to the first.
template <class Body, class Between>
static inline void descend(int classes, Body body, Between between) {
  for (int end = classes;;) {
    const int begin = (end - 1) / kRun * kRun;
    for (int i = end - 1; i >= begin; i--) body(i);
    if (begin == 0) return;
    between();
    end = begin;
  }
}

// The nearest finite number, as a weight divided by a tiny probability may leave the range of float32. NaN stays NaN, being the
// second operand of min and max.
static inline Float finite_or_nan(Float x) {
  const Float largest = broadcast(std::numeric_limits<float>::max());
  return min(largest, max(sub(zero(), largest), x));
}

// From a sum over unnormalized masses to E and the factors of the one-pass form.
static inline void set_one_pass(Group& g, Float sum) {
  g.center = div(sum, g.sum);
  g.emd = g.squared ? mul(g.center, g.inverse_sum) : g.center;
  g.gain = g.squared ? mul(broadcast(2.0f), g.inverse_sum) : broadcast(1.0f);
}

}  // namespace wide
}  // namespace SEMD_ISA
