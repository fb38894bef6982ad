// Segmented rows (row.cuh): logits with a distribution t, on the line, and on the circle for power 2. E = sum w_j |x_j|^rho with x_j
// the running sum of S p_i - t_i less the mean, which is 0 on the line, and A_i is minus the sum of the slopes in front of i, as in
// tiled_rows/differences.cuh (mathematics, "Ordered", "Circular, power 2" and "Targets").
#pragma once

#include "../masses.cuh"
#include "row.cuh"

namespace semd::cuda {

// What rows with a distribution have in common, whatever the ground distance. Beside the exponentials lie the targets, and what the
// exponentials have lost to rounding, in whose place S p_i - t_i comes.
template <class L>
class SegmentedDistribution : public SegmentedRow<L> {
 public:
  using Base = SegmentedRow<L>;
  using typename Base::Element;
  using Base::problem, Base::group, Base::exists, Base::counts, Base::broken, Base::inverse, Base::cross_entropy;
  static constexpr int kArrays = 2;
  bool no_target;  // the row of targets is not a distribution

  static __device__ __forceinline__ constexpr bool distribution() { return true; }

  __device__ __forceinline__ void fetch(int64_t row) {
    Base::fetch(row);
    const float* from = static_cast<const float*>(problem.targets) + row * problem.classes;
    targets_ = arrays_ + phase_of(from);
    if (exists) begin_copy<Dense>(false, targets_, from, problem.classes, group.rank, group.size());
    targets_by_pairs_ = !L::kWide && phase_of(from) % 2 == 0;
    targets_ += begin_;
  }

  // From logits to exponentials, their sum, S p_i - t_i, and the cross entropy.
  __device__ __forceinline__ void take() {
    this->arrive();
    const float top = group.max(highest_and_masses());
    find_masses();
    const float of_masses = static_cast<float>(masses_.inverse);
    Compensated sum;
    Run dot;
    top_place_ = -1;
    this->in_eights([&](int v, auto count) {
      constexpr int kCount = decltype(count)::value;
      float high[kCount], low[kCount], t[kCount];
      this->read_logits(v, high);
      read_targets(v, t);
#pragma unroll
      for (int k = 0; k < kCount; k++) {
        const float z = high[k], share = t[k] * of_masses;
        const Parts e = exponential_in_parts(z, top);
        if (z == top) top_place_ = v + k;
        high[k] = e.high;
        low[k] = e.low;
        sum.add(e.high);
        sum.add_small(e.low);
        dot.add(v + k, share != 0 ? share * (z - top) : 0.0f);
      }
      write_neighbours(values_ + v, !L::kWide, high);
      write_neighbours(excess_ + v, !L::kWide, low);
    });
    own_sum_ = sum.total();
    const double all = group.sum(own_sum_);
    const float mean_logit = static_cast<float>(group.sum(static_cast<double>(dot.total())));
    no_target = !masses_.valid;
    broken = no_target || !(all <= 3.4e38);
    dominated_ = has_dominant_entry(all);
    inverse_ = reciprocal(all);
    inverse = static_cast<float>(inverse_);
    cross_entropy = logf(static_cast<float>(all)) - mean_logit;
  }

  __device__ __forceinline__ double mean_class_weight() {
    double mean = 0;
#pragma unroll 1
    for (int v = 0; v < count_; v++) mean += static_cast<double>(targets_[v]) * problem.class_weights[begin_ + v];
    return group.sum(mean) * masses_.inverse;
  }

 protected:
  using Base::arrays_, Base::begin_, Base::count_, Base::raw_, Base::values_;

  __device__ __forceinline__ SegmentedDistribution(const RowProblem& p, void* sums, char* memory, int classes, int arrays)
      : Base(p, sums, memory, classes, arrays),
        excess_(arrays_ + SegmentMemory(classes, group.size(), sizeof(Element)).numbers / sizeof(float) + begin_) {}

  // What the thread's classes have more than they should: the sum of S p_i - t_i.
  __device__ __forceinline__ double own_excess() const { return own_sum_ * (masses_.sum * inverse_) - own_masses_; }
  __device__ __forceinline__ float own_share() const { return static_cast<float>(own_sum_); }  // sum of the exponentials

  // Finds S p_i - t_i, and calls body(v, e, x) for each stretch of classes from v on: their exponentials, and their S p_i - t_i.
  template <class Body>
  __device__ __forceinline__ void find_excess(Body body) {
    const Parts share = parts_of(masses_.sum * inverse_);
    this->in_eights([&](int v, auto count) {
      constexpr int kCount = decltype(count)::value;
      float e[kCount], x[kCount], t[kCount];
      this->read_values(v, e);
      read_excess(v, x);
      read_targets(v, t);
#pragma unroll
      for (int k = 0; k < kCount; k++) x[k] = semd::cuda::excess({e[k], x[k]}, share, t[k]);
      write_neighbours(excess_ + v, !L::kWide, x);
      body(v, e, x);
    });
  }
  // The same, once they are found.
  template <class Body>
  __device__ __forceinline__ void each_excess(Body body) const {
    this->in_eights([&](int v, auto count) {
      constexpr int kCount = decltype(count)::value;
      float e[kCount], x[kCount];
      this->read_values(v, e);
      read_excess(v, x);
      body(v, e, x);
    });
  }

  // Writes alpha e_i (a_i - center) + gamma (p_i - t_i / S). `slopes_of(v, x, out)` must find alpha (a_i - center) for each stretch of
  // classes from v on, whose S p_i - t_i are x.
  template <class Slopes>
  __device__ __forceinline__ void write_slopes(float gamma, Slopes slopes_of) {
    gamma *= static_cast<float>(masses_.inverse);
    each_excess([&](int v, auto& e, const auto& x) {
      constexpr int kCount = sizeof e / sizeof *e;
      float slopes[kCount];
      slopes_of(v, x, slopes);
#pragma unroll
      for (int k = 0; k < kCount; k++) e[k] = fmaf(gamma, x[k], e[k] * slopes[k]);
      this->write_entries(v, e, dominated_);
    });
    settle();
  }
  // Writes the dominant entry once the others are there, and void rows.
  __device__ __forceinline__ void settle() {
    const int dominant = dominated_ ? top_place_ : -1;
    float others = 0;
    if (dominated_) others = this->all_but(dominant, dominant);
    // All threads of a block agree on whether there is a dominant entry; the rows of a warp may differ.
    if (L::Group::kSize != 0 || dominated_) others = group.sum(others);
    if (dominant >= 0) from_float(left_by(others), raw_[begin_ + dominant]);
    this->fill_void_row();
  }

  float* targets_;  // of the thread's segment, as the two below
  float* excess_;   // S p_i - t_i; before it is found, the low parts of the exponentials
  double inverse_;
  SumOfMasses masses_;

 private:
  template <int kCount>
  __device__ __forceinline__ void read_excess(int v, float (&out)[kCount]) const {
    read_neighbours(excess_ + v, !L::kWide, out);
  }
  template <int kCount>
  __device__ __forceinline__ void read_targets(int v, float (&out)[kCount]) const {
    read_neighbours(targets_ + v, targets_by_pairs_, out);
  }

  // Returns the thread's greatest logit, and leaves the plain sum of its masses in `own_masses_`.
  __device__ __forceinline__ float highest_and_masses() {
    PlainSumOfMasses sum;
    this->in_eights([&](int v, auto count) {
      float t[decltype(count)::value];
      read_targets(v, t);
      for (const float one : t) sum.add(one);
    });
    own_masses_ = sum.total();
    return this->highest(-INFINITY);
  }

  // The sum of the row's masses. Only a sum that float32 arithmetic cannot hold, or not exactly, is taken once more.
  __device__ __forceinline__ void find_masses() {
    const double sum = group.sum(own_masses_);
    const bool usual = is_usual_sum(sum);
    masses_ = SumOfMasses(usual ? sum : 1, true);
    if (!group.any_together(!usual)) return;
    double exact = 0;
    float wrong = 0;
#pragma unroll 1
    for (int v = 0; v < count_; v++) {
      exact += exact_mass(targets_[v]);
      if (!is_mass(bits_of_mass(targets_[v]))) wrong = 1;
    }
    const double all = group.sum(exact);
    wrong = group.sum(wrong);
    if (usual) return;
    masses_ = SumOfMasses(all, wrong == 0);
    own_masses_ = exact * power_of_two(masses_.shift);
    if (!masses_.shift) return;
#pragma unroll 1
    for (int v = 0; v < count_; v++) targets_[v] = shifted_mass(targets_[v], masses_.shift);
  }

  double own_sum_, own_masses_;  // of the thread's exponentials, and of its masses
  bool targets_by_pairs_, dominated_;
  int top_place_;  // in the segment
};

template <class L>
class SegmentedDistributionRow : public SegmentedDistribution<L> {
 public:
  using Base = SegmentedDistribution<L>;
  using Base::problem, Base::group, Base::emd, Base::gain;

  // The median of a circle is found by tiled rows.
  static bool serves(const RowProblem& p) {
    return p.input == SEMD_LOGITS && p.distribution() && !(p.ground.circular && p.power == 1);
  }

  __device__ __forceinline__ SegmentedDistributionRow(const RowProblem& p, void* sums, char* memory)
      : Base(p, sums, memory, p.classes, Base::kArrays) {}

  __device__ __forceinline__ void measure() {
    moved_ = static_cast<float>(group.scan(this->own_excess()).before);
    is_simple() ? measure_as<true>() : measure_as<false>();
  }

  // alpha e_i (center - the slopes before i) + gamma (p_i - t_i / S)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    is_simple() ? write_as<true>(alpha, gamma) : write_as<false>(alpha, gamma);
  }

 private:
  using Base::masses_, Base::begin_, Base::dominant_, Base::balance_, Base::center_, Base::mean_;

  // The most common ground distance has code of its own, in which a slope is what has moved.
  __device__ __forceinline__ bool is_simple() const { return problem.ground.unit_line && problem.power == 2; }

  // Finds what has moved over the boundaries behind the classes from v on, less the mean, and their slopes. `run` is the sum of `excess`.
  // There is no boundary behind the last class of a line, but nothing is left to move there.
  template <bool kSimple, int kCount>
  __device__ __forceinline__ void find_boundaries(int v, const float (&excess)[kCount], Run& run, float (&x)[kCount],
                                                  float (&slopes)[kCount]) const {
    float gaps[kCount];
    if (!kSimple) this->read_gaps(v, gaps);
#pragma unroll
    for (int k = 0; k < kCount; k++) {
      run.add(v + k, excess[k]);
      const float moved = run.total();
      x[k] = kSimple ? moved : (moved - mean_.high) - mean_.low;
      const float pull = kSimple || problem.power == 2 ? x[k] : sign_of(x[k]);
      slopes[k] = kSimple ? x[k] : v + k == dominant_ ? balance_ : gaps[k] * pull;
    }
  }
  __device__ __forceinline__ Run moved_before() const {
    Run run;
    run.before = moved_;
    return run;
  }

  template <bool kSimple>
  __device__ __forceinline__ void measure_as() {
    if (!kSimple) find_mean();
    Run run = moved_before();
    float slopes = 0, emd_part = 0, dot_part = 0;
    const auto add = [&](int v, const auto& e, const auto& excess) {
      constexpr int kCount = sizeof e / sizeof *e;
      float x[kCount], slope[kCount];
      find_boundaries<kSimple>(v, excess, run, x, slope);
#pragma unroll
      for (int k = 0; k < kCount; k++) {
        dot_part = fmaf(e[k], slopes, dot_part);
        emd_part = fmaf(slope[k], x[k], emd_part);
        slopes += slope[k];
      }
    };
    if constexpr (kSimple) {
      this->find_excess(add);
    } else {
      this->each_excess(add);
    }
    slopes_ = static_cast<float>(group.scan(static_cast<double>(slopes)).before);
    const auto dot = static_cast<double>(fmaf(this->own_share(), slopes_, dot_part));
    const bool squared = kSimple || problem.power == 2;
    const double total = group.sum(static_cast<double>(emd_part));
    emd = static_cast<float>(total * (squared ? masses_.inverse * masses_.inverse : masses_.inverse));
    center_ = static_cast<float>(group.sum(dot) * this->inverse_);
    gain = squared ? static_cast<float>(2 * masses_.inverse) : 1.0f;
  }

  template <bool kSimple>
  __device__ __forceinline__ void write_as(float alpha, float gamma) {
    const float level = alpha * center_;
    Run run = moved_before();
    float slopes = slopes_;
    this->write_slopes(gamma, [&](int v, const auto& excess, auto& out) {
      constexpr int kCount = sizeof out / sizeof *out;
      float x[kCount], slope[kCount];
      find_boundaries<kSimple>(v, excess, run, x, slope);
#pragma unroll
      for (int k = 0; k < kCount; k++) {
        out[k] = fmaf(-alpha, slopes, level);
        slopes += slope[k];
      }
    });
  }

  // Finds what classes have more than they should; then, on the circle, the weighted mean of what has moved, and the slope at a
  // dominant gap, which balances the others.
  __device__ __forceinline__ void find_mean() {
    const GroundView& ground = problem.ground;
    mean_ = {0, 0};
    balance_ = 0;
    Run run = moved_before();
    float dominant = 0;
    MeanOfMoved mean;
    this->find_excess([&](int v, const auto&, const auto& excess) {
      constexpr int kCount = sizeof excess / sizeof *excess;
      float x[kCount], slope[kCount];
      find_boundaries<false>(v, excess, run, x, slope);
#pragma unroll
      for (int k = 0; k < kCount; k++) {
        mean.add(v + k, slope[k]);
        dominant = v + k == dominant_ ? x[k] : dominant;
      }
    });
    if (!ground.circular) return;
    const double others = group.sum(mean.total());
    const double gap = ground.dominant < 0 ? 0.0 : static_cast<double>(ground.gaps[ground.dominant]);
    const double of_circle = (others + gap * static_cast<double>(group.sum(dominant))) * ground.inverse_total_gap;
    mean_ = parts_of(of_circle);
    balance_ = static_cast<float>(of_circle * ground.other_gaps - others);
  }

  float moved_, slopes_;  // in front of the thread's segment: what has moved, and the slopes
};

}  // namespace semd::cuda
