// Logits with a class index on the line and on the circle, power 2, for rows that a group of threads holds in registers:
// the one-pass form (mathematics, "One fused pass"), walked towards the label from both ends.
//
// The group's first threads take the classes in front of the label k, its last ones those behind it, kVector classes each,
// so that a thread walks in one direction only: towards k. In units of the exponentials the mass that crosses a boundary is
// the sum x_j of what has been walked over (less or plus the mean over the circle), slopes are q_j = w_j x_j, E is
// sum q_j x_j, and A_i the sum of the slopes between i and k: that of the whole side less what was walked before i.
#pragma once

#include "arithmetic.cuh"
#include "groups.cuh"
#include "stage.cuh"

namespace semd::cuda {

template <class GroupType, int kVectorSize, class RealType>
struct Sides {
  using Group = GroupType;
  using Real = RealType;  // of sums over a row
  static constexpr int kVector = kVectorSize;
  static constexpr bool kStaged = true;
  static constexpr bool kInSharedMemory = false;
  static constexpr int kSpareThreads = 1;  // the sides share none
  static constexpr int classes_of(int threads) { return (threads - kSpareThreads) * kVector; }
};

// What run_row asks of a row; all threads of the group hold the same bits in what is public.
template <class L>
class SidedRow {
 public:
  using Layout = L;
  using Real = typename L::Real;
  static constexpr int V = L::kVector;

  const RowProblem& problem;
  typename L::Group group;
  float* stage;   // of the row's span, and the row's place in it
  int stage_first;
  bool exists;  // some groups have no row in the last round; they take every step all the same
  bool counts;  // neither ignored nor without weight; else nothing of the row is read
  bool broken;  // the loss is NaN
  int label;    // in range whatever the caller's array says
  double inverse;
  float cross_entropy;
  float emd;  // before normalization
  float gain;
  static constexpr bool no_target = false;
  static constexpr bool kNeedsWorkspace = false;
  static constexpr bool kColumns = false;

  // `sums` is the block's memory for sums of its threads.
  __device__ __forceinline__ SidedRow(const RowProblem& p, void* sums, void*) : problem(p), group(sums) {}
  static __device__ __forceinline__ constexpr bool logits() { return true; }
  static __device__ __forceinline__ constexpr bool distribution() { return false; }
  static __device__ __forceinline__ double mean_class_weight() { return 0; }
  static __device__ __forceinline__ void begin(int64_t) {}  // all that it needs is in the stage

  // From the stage to exponentials, their sums, and the cross entropy.
  __device__ __forceinline__ void take() {
    choose_side();
    const float own = counts ? stage[padded(stage_first + label)] : 0.0f;
    float top = own;
    read_logits();
#pragma unroll
    for (int v = 0; v < V; v++) top = fmaxf(top, e_[v]);
    top = group.max(top);
    Run mass;
#pragma unroll
    for (int v = 0; v < V; v++) {
      e_[v] = exponential(e_[v] - top);
      mass.add(v, e_[v]);
    }
    own_e_ = exponential(own - top);
    mass_ = group.scan_sides(mass.total(), fronts_);
    sum_ = (static_cast<double>(mass_.front) + mass_.rear) + own_e_;
    inverse = reciprocal(sum_);
    broken = !(sum_ <= 3.4e38);
    cross_entropy = logf(static_cast<float>(sum_)) - (own - top);
  }

  __device__ __forceinline__ void measure() {
    const GroundView& ground = problem.ground;
    const double mean = ground.kind == SEMD_CIRCULAR ? mean_of_moved() : 0.0;
    const Parts shift = parts_of(front_ ? -mean : mean);
    // On the circle the last class's boundary to the first is crossed by the mean alone.
    float wrap = 0;
    if (ground.kind == SEMD_CIRCULAR && !front_ && offset_ == 0) wrap = last_gap() * (shift.high + shift.low);
    Run mass, slope, emd_run;
    mass.base = mass_.before;
    slope.base = wrap;
    emd_run.base = wrap * (shift.high + shift.low);
    walk([&](int v, float gap) {
      mass.add(v, e_[v]);
      const float x = (mass.total() + shift.high) + shift.low;
      const float q = gap * x;
      slopes_[v] = slope.total();
      slope.add(v, q);
      emd_run.add(v, q * x);
    });
    slope_ = group.scan_sides(slope.total(), fronts_);
    const double total = static_cast<double>(group.sum(static_cast<Real>(emd_run.total())));
    emd = static_cast<float>(total * inverse * inverse);
    // Were the mean exact, the slopes of both sides would add up to the same.
    const double uneven = mean * (static_cast<double>(slope_.front) - static_cast<double>(slope_.rear));
    center_ = static_cast<float>((total + uneven) * inverse);
    gain = static_cast<float>(2 * inverse);
  }

  // alpha e_i (a_i - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    const Parts share = parts_of(inverse);
    const bool dominated = sum_ < 2;
    const float behind = (front_ ? slope_.front : slope_.rear) - slope_.before;
    group.synchronize();  // everybody has read what is about to change
    Real others = 0;
    int dominant = -1;
#pragma unroll
    for (int v = 0; v < V; v++) {
      const float e = e_[v];
      float d = e * (alpha * ((behind - slopes_[v]) - center_));
      if (gamma != 0) d = fmaf(gamma, excess({e, 0.0f}, share, 0.0f), d);
      if (dominated && e == 1.0f) {
        dominant = class_at(v);
        d = 0;
      }
      others += static_cast<Real>(d);  // 0 of what is no class
      slopes_[v] = settled(d);
    }
    write_slopes();
    float own = own_e_ * (alpha * -center_);
    if (gamma != 0) own = fmaf(gamma, excess({own_e_, 0.0f}, share, 1.0f), own);
    // The entry that is close to 1 is what the others leave (mathematics, "The dominant entry"). The threads of a block
    // agree on whether there is one, the rows of a warp do not.
    if (L::Group::kSize != 0 || dominated) others = group.sum(others);
    if (dominated && counts && !broken) {
      const bool own_is = own_e_ == 1.0f;
      if (dominant >= 0) stage[padded(stage_first + dominant)] = -static_cast<float>(others + static_cast<Real>(own));
      if (own_is) own = -static_cast<float>(others);
    }
    if (group.rank == 0 && exists) stage[padded(stage_first + label)] = settled(own);
  }

 private:
  // A sum of many terms as one of shorter sums, so that equal terms do not drift.
  struct Run {
    static constexpr int kTerms = 12;
    float base = 0, part = 0;
    __device__ __forceinline__ void add(int v, float x) {
      part += x;
      if (v % kTerms == kTerms - 1) {
        base += part;
        part = 0;
      }
    }
    __device__ __forceinline__ float total() const { return base + part; }
  };

  __device__ __forceinline__ void choose_side() {
    stride_ = stage_stride(problem.classes);
    fronts_ = (label + V - 1) / V;
    front_ = group.rank < fronts_;
    offset_ = (front_ ? group.rank : group.size() - 1 - group.rank) * V;
    const int left = (front_ ? label : stride_ - 1 - label) - offset_;
    count_ = !exists ? 0 : left < V ? left : V;
    skipped_ = !front_ && offset_ == 0 ? stride_ - problem.classes : 0;
  }
  // The same number, of which the compiler does not know that: it would keep what it once compared with it, per class.
  static __device__ __forceinline__ int forgotten(int count) {
    asm volatile("" : "+r"(count));
    return count;
  }
  // Whether the thread's v-th class is one.
  __device__ __forceinline__ bool is_inside(int v, int count) const { return v < count && (v >= 3 || v >= skipped_); }
  __device__ __forceinline__ int class_at(int v) const { return front_ ? offset_ + v : stride_ - 1 - offset_ - v; }
  // Of the four classes v .. v + 3, the place in the stage of the lowest.
  __device__ __forceinline__ int four_of(int v) const {
    return stage_first + (front_ ? offset_ + v : stride_ - 4 - offset_ - v);
  }

  __device__ __forceinline__ void read_logits() {
    const int count = counts ? count_ : 0;
#pragma unroll
    for (int v = 0; v < V; v += 4) {
      Four<float> four{};
      if (v < count) four = four_at(static_cast<const float*>(stage), four_of(v));
#pragma unroll
      for (int k = 0; k < 4; k++) {
        const float z = front_ ? four.v[k] : four.v[3 - k];
        e_[v + k] = is_inside(v + k, count) ? z : -INFINITY;
      }
    }
  }

  // Four at a time but at the label, where the other side's are among them.
  __device__ __forceinline__ void write_slopes() {
    const int count = forgotten(count_);
#pragma unroll
    for (int v = 0; v < V; v += 4) {
      Four<float> four;
#pragma unroll
      for (int k = 0; k < 4; k++) four.v[k] = front_ ? slopes_[v + k] : slopes_[v + 3 - k];
      if (v + 4 <= count) {
        four_at(stage, four_of(v)) = four;
      } else {
#pragma unroll
        for (int k = 0; k < 4; k++) {
          if (front_ ? v + k < count : v + 3 - k < count) (&four_at(stage, four_of(v)).v[0])[k] = four.v[k];
        }
      }
    }
  }

  __device__ __forceinline__ float settled(float d) const { return !counts ? 0.0f : broken ? nanf("") : d; }

  __device__ __forceinline__ float last_gap() const {
    return problem.ground.gaps ? problem.ground.gaps[problem.classes - 1] : 1.0f;
  }

  // body(v, gap of the boundary that the v-th class's mass crosses next), 0 where there is none.
  template <class Body>
  __device__ __forceinline__ void walk(Body body) const {
    const float* gaps = front_ ? problem.ground.gaps : problem.ground.gaps_from_end;
    const int count = forgotten(count_);
#pragma unroll
    for (int v = 0; v < V; v += 4) {
      Four<float> four{1.0f, 1.0f, 1.0f, 1.0f};
      if (gaps && v < count) four = *reinterpret_cast<const Four<float>*>(gaps + offset_ + v);
#pragma unroll
      for (int k = 0; k < 4; k++) body(v + k, is_inside(v + k, count) ? four.v[k] : 0.0f);
    }
  }

  // The weighted mean over the circle of what moves, in units of the exponentials.
  __device__ __forceinline__ double mean_of_moved() {
    Run mass, all;
    mass.base = mass_.before;
    walk([&](int v, float gap) {
      mass.add(v, e_[v]);
      all.add(v, gap * mass.total());
    });
    const Real part = static_cast<Real>(front_ ? all.total() : -all.total());
    return static_cast<double>(group.sum(part)) * problem.ground.inverse_total_gap;
  }

  float e_[V], slopes_[V];
  int stride_, fronts_, offset_, count_, skipped_;
  bool front_;
  float own_e_, center_;
  double sum_;
  SidesScan mass_, slope_;
};

}  // namespace semd::cuda
