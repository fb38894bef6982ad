// Segmented rows: logits with a class index k on the line and the circle, power 2, from 33 classes to as many as shared memory
// holds. A group of threads, from part of a warp to a cluster of blocks, shares a row; each thread goes through a segment of
// neighbouring classes in their order. The form is the one-pass form (mathematics, "One fused pass for class indices"):
//
// In units of the exponentials, the mass that crosses the boundary behind class j is D_j, the running sum of the exponentials
// up to j with minus the sum of all others in the label's place: up to the label it is the mass in front of the boundary,
// behind the label minus the mass behind the boundary. On the circle the mean over all boundaries is subtracted. Slopes are
// q_j = w_j D_j, E = sum q_j D_j, and A_i is the sum of the slopes between i and the label. On the circle all slopes add up to
// 0, and that of a dominant gap is minus the sum of the others.
//
// D_j at the beginning of a thread's segment is computed from the sums of threads on the same side of the label only, so that
// a small D_j is never the difference of two large numbers.
#pragma once

#include "../../block/arithmetic.cuh"
#include "../../block/elements.cuh"
#include "../../block/groups.cuh"
#include "../../block/raw_copy.cuh"
#include "../../block/runs.cuh"
#include "../../block/shared_sizes.h"
#include "../dominant_entry.cuh"
#include "../index_row.cuh"

#include <cuda_runtime.h>

#include <cstdint>
#include <type_traits>

namespace semd::cuda {

// The layout of segmented rows: their group and their element type.
template <class GroupType, class ElementType>
struct Segments {
  using Group = GroupType;
  using Element = ElementType;
  static constexpr bool kWide = sizeof(Element) == sizeof(float);  // exponentials overwrite the logits
};

template <class L>
class SegmentedRow : public IndexRow<typename L::Group> {
 public:
  using Layout = L;
  using Element = typename L::Element;

  using Index = IndexRow<typename L::Group>;
  using Index::problem, Index::group, Index::exists, Index::counts, Index::broken, Index::label, Index::inverse,
      Index::cross_entropy, Index::emd, Index::gain;
  using Index::sum_, Index::center_;
  static constexpr bool kRowsAreShort = false;
  static constexpr int kArrays = 0;  // float32 numbers that each class has beside its logit
  static constexpr bool kReadsGaps = true;

  // `memory` is the block's, for its rows and for the gaps.
  __device__ __forceinline__ SegmentedRow(const RowProblem& p, void* sums, char* memory)
      : SegmentedRow(p, sums, memory, p.classes, kArrays) {}

  // The shared memory of a row that `threads` of a block share.
  static __host__ __device__ constexpr size_t bytes_of_row(int arrays, int classes, int threads) {
    const SegmentMemory row(classes, threads, sizeof(Element));
    return row.raw + row.values + static_cast<size_t>(arrays) * row.numbers;
  }

  __device__ __forceinline__ int groups() const { return static_cast<int>(blockDim.x) / threads_here(); }
  __device__ __forceinline__ int own_group() const { return static_cast<int>(threadIdx.x) / threads_here(); }
  __device__ __forceinline__ int blocks() const {
    if constexpr (kSpansBlocks) return group.blocks();
    return 1;
  }

  // Begins to copy a row, if there is one. `raw_` points to where its first logit is, or would be if this block had it.
  __device__ __forceinline__ void fetch(int64_t row) {
    logits_ = static_cast<const Element*>(problem.predictions) + row * problem.classes;
    const int first = first_here();
    raw_ = memory_ + (problem.packed ? 0 : phase_of(logits_)) - first;
    if (exists) begin_copy<Dense>(problem.packed, raw_ + first, logits_ + first, count_here(), place(), threads_here());
  }
  __device__ __forceinline__ void deliver(int64_t row) const {
    Element* to = static_cast<Element*>(problem.gradient) + row * problem.classes;
    const int first = first_here();
    if (exists) copy_back<Dense>(problem.packed, to + first, raw_ + first, count_here(), place(), threads_here());
  }
  __device__ __forceinline__ void synchronize() { group.synchronize(); }

  // From logits to exponentials, their sums, and the cross entropy.
  __device__ __forceinline__ void take() {
    const float own = arrive();
    if (holds_label_) from_float(-INFINITY, raw_[label]);  // the label's own mass does not move
    const float top = group.max(highest(own));
    const float mass = exponentials_below(top).total();
    own_e_ = exponential(own - top);
    const BothWays masses = group.both_ways(mass);
    moved_ = begin_ > label ? -(mass + masses.behind) : masses.before;
    behind_ = masses.behind;
    if (holds_label_) values_[at_label_] = -masses.total;
    this->close_sum(masses.total + own_e_, own - top);
  }

  __device__ __forceinline__ void measure() { problem.ground.unit_line ? measure_as<true>() : measure_as<false>(); }

  // alpha e_i (A_i - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    // All threads of a block have the same row and agree on whether an entry is dominant; the rows of a warp may differ.
    const bool dominated = has_dominant_entry(sum_);
    const int dominant = dominated && own_e_ != 1 ? find_top() : -1;
    const float level = fmaf(alpha, slope_to_label_ - center_, gamma * inverse);
    problem.ground.unit_line ? write_as<true>(alpha, level, dominated) : write_as<false>(alpha, level, dominated);
    settle(alpha, gamma, dominated, dominant);
  }

 protected:
  static constexpr bool kSpansBlocks = L::Group::kSpansBlocks;

  // The group's threads in this block, and the thread's place among them.
  __device__ __forceinline__ int threads_here() const {
    return kSpansBlocks ? static_cast<int>(blockDim.x) : group.size();
  }
  __device__ __forceinline__ int place() const { return kSpansBlocks ? static_cast<int>(threadIdx.x) : group.rank; }
  // The classes of the row that this block has, a multiple of a pack from the first one on.
  __device__ __forceinline__ int first_here() const { return kSpansBlocks ? (group.rank - place()) * share_ : 0; }
  __device__ __forceinline__ int count_here() const {
    if (!kSpansBlocks) return problem.classes;
    const int left = problem.classes - first_here(), most = threads_here() * share_;
    return left < 0 ? 0 : left < most ? left : most;
  }

  // For rows of which `classes` are in shared memory at a time, with `arrays` beside them.
  __device__ __forceinline__ SegmentedRow(const RowProblem& p, void* sums, char* memory, int classes, int arrays)
      : Index(p, sums) {
    const int in_block = kSpansBlocks ? classes_of_block(classes, group.size(), threads_here(), sizeof(Element)) : classes;
    const SegmentMemory sizes(in_block, threads_here(), sizeof(Element));
    const int own = own_group(), groups = this->groups();
    share_ = sizes.share;
    begin_ = group.rank * share_;
    find_share(classes);
    memory_ = reinterpret_cast<Element*>(memory + own * sizes.raw);
    char* behind = memory + groups * sizes.raw;
    if (!L::kWide) values_ = reinterpret_cast<float*>(behind + own * sizes.values) + place() * share_;
    behind += groups * sizes.values;
    const size_t beside = static_cast<size_t>(arrays) * sizes.numbers;
    arrays_ = reinterpret_cast<float*>(behind + own * beside);
    if (problem.gaps_in_shared) {
      float* copy = reinterpret_cast<float*>(behind + groups * beside);
      for (int i = threadIdx.x; i < problem.classes; i += blockDim.x) copy[i] = problem.ground.gaps[i];
      gaps_ = copy + begin_;
      __syncthreads();
    }
    dominant_ = problem.ground.dominant < 0 ? -1 : problem.ground.dominant - begin_;
  }

  // Waits for the row and finds the thread's segment. Returns the label's logit, which may be overwritten from then on.
  __device__ __forceinline__ float arrive() {
    __pipeline_wait_prior(0);
    group.synchronize();
    if (L::kWide) values_ = reinterpret_cast<float*>(raw_) + begin_;
    count_ = counts ? width_ : 0;
    at_label_ = label - begin_;
    holds_label_ = at_label_ >= 0 && at_label_ < count_;
    const float own = counts ? to_float(kSpansBlocks ? logits_[label] : raw_[label]) : 0.0f;
    group.synchronize();
    return own;
  }

  // The thread's segment of a row, or chunk, of this many classes.
  __device__ __forceinline__ void find_share(int classes) {
    const int left = classes - begin_;
    width_ = left < 0 ? 0 : left < share_ ? left : share_;
  }

  __device__ __forceinline__ float highest(float own) const {
    float top = own;
    if constexpr (!L::kWide) {
      if (raw_by_pairs()) {
        using Pair = typename PairOf<Element>::Type;
        const Pair* pairs = reinterpret_cast<const Pair*>(raw_ + begin_);
        Pair both;
        from_floats(top, top, both);
#pragma unroll 8
        for (int v = 0; v < count_ / 2; v++) both = greater_of(both, pairs[v]);
        return fmaxf(to_float(both.x), to_float(both.y));
      }
    }
#pragma unroll 8
    for (int v = 0; v < count_; v++) top = fmaxf(top, to_float(raw_[begin_ + v]));
    return top;
  }
  // From logits to exponentials.
  __device__ __forceinline__ Run exponentials_below(float top) {
    Run mass;
    in_eights([&](int v, auto count) {
      constexpr int kCount = decltype(count)::value;
      float e[kCount];
      read_logits(v, e);
#pragma unroll
      for (int k = 0; k < kCount; k++) {
        e[k] = exponential(e[k] - top);
        mass.add(v + k, e[k]);
      }
      write_neighbours(values_ + v, !L::kWide, e);
    });
    return mass;
  }

  // Calls body(v, count) for the classes v .. v + count - 1 of the segment; `count` is a constant.
  template <class Body>
  __device__ __forceinline__ void in_eights(Body body) const {
    int v = 0;
    for (; v + 8 <= count_; v += 8) body(v, std::integral_constant<int, 8>());
    if (!L::kWide) {
#pragma unroll 1
      for (; v + 2 <= count_; v += 2) body(v, std::integral_constant<int, 2>());
    }
#pragma unroll 1
    for (; v < count_; v++) body(v, std::integral_constant<int, 1>());
  }

  __device__ __forceinline__ bool raw_by_pairs() const {
    return has_rows_of_pairs<Element>(problem.predictions, problem.classes);
  }
  template <int kCount>
  __device__ __forceinline__ void read_logits(int v, float (&out)[kCount]) const {
    read_neighbours(raw_ + begin_ + v, raw_by_pairs(), out);
  }
  template <int kCount>
  __device__ __forceinline__ void read_values(int v, float (&out)[kCount]) const {
    read_neighbours(values_ + v, !L::kWide, out);
  }
  template <int kCount>
  __device__ __forceinline__ void read_gaps(int v, float (&out)[kCount]) const {
    if (problem.gaps_in_shared) return read_neighbours(gaps_ + v, !L::kWide, out);
    if (problem.ground.gaps) return read_neighbours(problem.ground.gaps + begin_ + v, !L::kWide, out);
#pragma unroll
    for (int k = 0; k < kCount; k++) out[k] = 1;
  }
  __device__ __forceinline__ float gap_behind(int v) const {
    if (problem.gaps_in_shared) return gaps_[v];
    return problem.ground.gaps ? problem.ground.gaps[begin_ + v] : 1.0f;
  }
  // Writes entries of the gradient; all_but reads them in full precision.
  template <int kCount>
  __device__ __forceinline__ void write_entries(int v, const float (&entries)[kCount], bool kept) const {
    write_neighbours(raw_ + begin_ + v, raw_by_pairs(), entries);
    if (!L::kWide && kept) write_neighbours(values_ + v, true, entries);
  }

  // Calls body(v, v-th value, slope of the boundary behind it, moved mass there less the mean, moved mass) for each class v, and
  // then write(v, values) with the values from v on that it has called it for, and which it may have changed.
  //
  // On the line, subtracting the jump at the label is accurate enough. On the circle, where moved mass may be almost the same
  // everywhere, the moved mass behind the label must not be a difference of two larger numbers: the sum restarts there.
  template <bool kUnitLine, class Body, class Write>
  __device__ __forceinline__ void each_boundary(Body body, Write write) const {
    Run run;
    run.before = moved_;
    in_eights([&](int first, auto count) {
      constexpr int kCount = decltype(count)::value;
      float values[kCount], gaps[kCount];
      read_values(first, values);
      if (!kUnitLine) read_gaps(first, gaps);
#pragma unroll
      for (int k = 0; k < kCount; k++) {
        const int v = first + k;
        run.add(v, values[k]);
        if (!kUnitLine && v == at_label_) run = {restart_, 0.0f};
        const float moved = run.total();
        const float x = kUnitLine ? moved : (moved - mean_.high) - mean_.low;
        body(v, values[k], kUnitLine ? x : v == dominant_ ? balance_ : gaps[k] * x, x, moved);
      }
      write(first, values);
    });
  }
  template <bool kUnitLine, class Body>
  __device__ __forceinline__ void each_boundary(Body body) const {
    each_boundary<kUnitLine>(body, [](int, const auto&) {});
  }

  // A thread's slopes. On the line they are of one sign on either side of the label, so that a drift is as small as they are; on
  // the circle they nearly cancel. Runs cost registers, which groups in warps do not have; their rows are shorter.
  struct PlainSum {
    float sum = 0;
    __device__ __forceinline__ void add(int, float x) { sum += x; }
    __device__ __forceinline__ float total() const { return sum; }
  };
  template <bool kUnitLine>
  using SlopeSum = std::conditional_t<kUnitLine || L::Group::kSize != 0, PlainSum, Run>;

  // The moved mass behind the label, and the weighted mean of moved mass over the circle, which is 0 on the line.
  __device__ __forceinline__ void find_mean() {
    if (holds_label_) {
      Run rest;
#pragma unroll 1
      for (int v = at_label_ + 1; v < count_; v++) rest.add(v, values_[v]);
      restart_ = -(rest.total() + behind_);
    }
    mean_ = {0, 0};
    const GroundView& ground = problem.ground;
    if (!ground.circular) return;
    balance_ = 0;
    // Where nearly the same moves everywhere, the mean must not round always the same way.
    Compensated sum;
    each_boundary<false>([&](int v, float&, float, float, float moved) {
      sum.add_product(v == dominant_ ? 0.0f : gap_behind(v), moved);
    });
    const double others = group.sum(sum.total());
    if (ground.dominant < 0) {
      mean_ = parts_of(others * ground.inverse_total_gap);
    } else {
      balance_by(others);
    }
  }

  // The mean, and the slope at the dominant gap, from the sum of the other slopes before the mean is subtracted.
  __device__ __forceinline__ void balance_by(double others) {
    const GroundView& ground = problem.ground;
    double dominant = 0;
    each_boundary<false>([&](int v, float&, float, float, float moved) {
      if (v == dominant_) dominant = static_cast<double>(problem.ground.gaps[begin_ + v]) * moved;
    });
    const double mean = (others + group.sum(dominant)) * ground.inverse_total_gap;
    mean_ = parts_of(mean);
    balance_ = static_cast<float>(mean * ground.other_gaps - others);
  }

  template <bool kUnitLine>
  __device__ __forceinline__ void measure_as() {
    if (!kUnitLine) find_mean();
    SlopeSum<kUnitLine> sum;
    float sizes = 0, own_slopes = 0, emd_part = 0, center = 0;
    each_boundary<kUnitLine>([&](int v, float&, float slope, float x, float moved) {
      if (!kUnitLine) own_slopes = v == at_label_ ? sum.total() : own_slopes;
      if (!kUnitLine) center = fmaf(slope, moved, center);
      if (kUnitLine) sizes += fabsf(slope);
      emd_part = fmaf(slope, x, emd_part);
      sum.add(v, slope);
    });
    const float slopes = sum.total();
    // Slopes are positive in front of the label and negative behind it, so sum and sum of magnitudes give those in front.
    if (kUnitLine) own_slopes = 0.5f * (slopes + sizes);
    if (!holds_label_) own_slopes = begin_ < label ? slopes : 0.0f;
    const Crossing crossing = group.cross(own_slopes, slopes - own_slopes, emd_part, kUnitLine ? 0.0f : center);
    slope_to_label_ = holds_label_ ? own_slopes : begin_ < label ? own_slopes + crossing.behind : -crossing.before;
    const float total = static_cast<float>(crossing.first);
    this->close_emd(total, true);
    if (!kUnitLine) center_ = static_cast<float>(crossing.second) * inverse;
  }

  template <bool kUnitLine>
  __device__ __forceinline__ void write_as(float alpha, float level, bool kept) {
    SlopeSum<kUnitLine> slopes;
    each_boundary<kUnitLine>(
        [&](int v, float& e, float slope, float, float) {
          e *= fmaf(-alpha, slopes.total(), level);
          slopes.add(v, slope);
        },
        [&](int v, const auto& entries) { write_entries(v, entries, kept); });
  }

  __device__ __forceinline__ int find_top() const {
    int found = -1;
    in_eights([&](int v, auto count) {
      constexpr int kCount = decltype(count)::value;
      float values[kCount];
      read_values(v, values);
#pragma unroll
      for (int k = 0; k < kCount; k++) found = values[k] == 1.0f ? v + k : found;
    });
    return found;
  }
  // The sum of the thread's gradient entries, without two of them.
  __device__ __forceinline__ float all_but(int one, int other) const {
    float sum = 0;
    in_eights([&](int v, auto count) {
      constexpr int kCount = decltype(count)::value;
      float values[kCount];
      read_values(v, values);
#pragma unroll
      for (int k = 0; k < kCount; k++) sum += v + k == one || v + k == other ? 0.0f : values[k];
    });
    return sum;
  }
  // Writes the entries of the label and of the dominant class, once the others are written, and rows that are void.
  __device__ __forceinline__ void settle(float alpha, float gamma, bool dominated, int dominant) {
    float own = own_e_ * fmaf(alpha, -center_, gamma * inverse) - gamma;
    float others = 0;
    if (dominated) others = all_but(dominant, at_label_);
    if (L::Group::kSize != 0 || dominated) others = group.sum(others);
    own = settle_entries(dominated, own_e_ == 1, dominant, others, own,
                         [&](int v, float entry) { from_float(entry, raw_[begin_ + v]); });
    if (holds_label_) from_float(own, raw_[label]);
    fill_void_row();
  }
  // Overwrites the gradient of a row that is broken (NaN) or does not count (0).
  __device__ __forceinline__ void fill_void_row() const {
    if (!exists || (counts && !broken)) return;
    const float value = counts ? nanf("") : 0.0f;
#pragma unroll 1
    for (int v = 0; v < width_; v++) from_float(value, raw_[begin_ + v]);
  }

  int share_, begin_, width_;  // the thread's segment
  int count_;            // classes of it to work on: 0 where the row does not count
  int at_label_;         // the label's index in the segment
  bool holds_label_;
  const Element* logits_;   // the row in device memory
  Element *memory_, *raw_;  // the row's memory; its first logit there, later the first entry of its gradient
  float* values_;        // of the thread's segment: exponentials, with the jump in the label's place; later the gradient
  float* arrays_;        // of the row: kArrays of them
  const float* gaps_;    // of the thread's segment, if they are in shared memory
  int dominant_;   // the boundary of the dominant gap, as an index in the segment
  float balance_;  // its slope
  float own_e_, moved_, behind_, restart_, slope_to_label_;
  Parts mean_{0, 0};
};

}  // namespace semd::cuda
