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
    const Element* logits = raw_ + begin_;
    this->in_eights([&](int v) {
      const float z = to_float(logits[v]), share = targets_[v] * of_masses;
      const Parts e = exponential_in_parts(z, top);
      if (z == top) top_place_ = v;
      values_[v] = e.high;
      excess_[v] = e.low;
      sum.add(e.high);
      sum.add_small(e.low);
      dot.add(v, share != 0 ? share * (z - top) : 0.0f);
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
      : Base(p, sums, memory, classes, arrays), excess_(arrays_ + this->bytes_of_array(classes) / sizeof(float) + begin_) {}

  // What the thread's classes have more than they should: the sum of S p_i - t_i.
  __device__ __forceinline__ double own_excess() const { return own_sum_ * (masses_.sum * inverse_) - own_masses_; }
  __device__ __forceinline__ float own_share() const { return static_cast<float>(own_sum_); }  // sum of the exponentials

  // Finds S p_i - t_i, and calls body(v, exponential, S p_v - t_v).
  template <class Body>
  __device__ __forceinline__ void find_excess(Body body) {
    const Parts share = parts_of(masses_.sum * inverse_);
    this->in_eights([&](int v) {
      const float e = values_[v];
      excess_[v] = semd::cuda::excess({e, excess_[v]}, share, targets_[v]);
      body(v, e, excess_[v]);
    });
  }

  // alpha e_i (a_i - center) + gamma (p_i - t_i / S). `each` must call visit(v, alpha (a_v - center)) for each of the thread's classes.
  template <class Each>
  __device__ __forceinline__ void write_slopes(float gamma, Each each) {
    gamma *= static_cast<float>(masses_.inverse);
    Element* out = raw_ + begin_;
    each([&](int v, float slope) {
      const float d = fmaf(gamma, excess_[v], values_[v] * slope);
      from_float(d, out[v]);
      if (!L::kWide) values_[v] = d;
    });
    const int dominant = dominated_ ? top_place_ : -1;
    float others = 0;
    if (dominated_) others = this->all_but(dominant, dominant);
    // All threads of a block agree on whether there is a dominant entry; the rows of a warp may differ.
    if (L::Group::kSize != 0 || dominated_) others = group.sum(others);
    if (dominant >= 0) from_float(left_by(others), out[dominant]);
    this->fill_void_row();
  }

  float* targets_;  // of the thread's segment, as the two below
  float* excess_;   // S p_i - t_i; before it is found, the low parts of the exponentials
  double inverse_;
  SumOfMasses masses_;

 private:
  // Returns the thread's greatest logit, and leaves the plain sum of its masses in `own_masses_`.
  __device__ __forceinline__ float highest_and_masses() {
    float top = -INFINITY;
    PlainSumOfMasses sum;
    const Element* logits = raw_ + begin_;
#pragma unroll 8
    for (int v = 0; v < count_; v++) {
      top = fmaxf(top, to_float(logits[v]));
      sum.add(targets_[v]);
    }
    own_masses_ = sum.total();
    return top;
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
  bool dominated_;
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
    if (is_simple()) {
      measure_by([&](auto body) {
        Run run;
        run.before = moved_;
        this->find_excess([&](int v, float e, float excess) {
          run.add(v, excess);
          const float x = run.total();
          body(v, e, x, x);
        });
      });
    } else {
      this->find_excess([](int, float, float) {});
      find_mean();
      measure_by([&](auto body) { each_boundary([&](int v, float slope, float x) { body(v, values_[v], slope, x); }); });
    }
  }

  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    const float level = alpha * center_;
    float slopes = slopes_;
    this->write_slopes(gamma, [&](auto visit) {
      if (is_simple()) {
        Run run;
        run.before = moved_;
        this->in_eights([&](int v) {
          run.add(v, excess_[v]);
          visit(v, fmaf(-alpha, slopes, level));
          slopes += run.total();
        });
      } else {
        each_boundary([&](int v, float slope, float) {
          visit(v, fmaf(-alpha, slopes, level));
          slopes += slope;
        });
      }
    });
  }

 private:
  using Base::values_, Base::excess_, Base::masses_, Base::begin_, Base::gaps_, Base::dominant_, Base::balance_, Base::center_,
      Base::mean_;

  // The most common ground distance has code of its own, in which a slope is what has moved. So is the last class's, which has no
  // boundary behind it, but there nothing is left to move.
  __device__ __forceinline__ bool is_simple() const { return problem.ground.unit_line && problem.power == 2; }

  // `each` must call body(v, exponential, slope of the boundary behind class v, what has moved there less the mean).
  template <class Each>
  __device__ __forceinline__ void measure_by(Each each) {
    float slopes = 0, emd_part = 0, dot_part = 0;
    each([&](int, float e, float slope, float x) {
      dot_part = fmaf(e, slopes, dot_part);
      emd_part = fmaf(slope, x, emd_part);
      slopes += slope;
    });
    slopes_ = static_cast<float>(group.scan(static_cast<double>(slopes)).before);
    const auto dot = static_cast<double>(fmaf(this->own_share(), slopes_, dot_part));
    const bool squared = problem.power == 2;
    const double total = group.sum(static_cast<double>(emd_part));
    emd = static_cast<float>(total * (squared ? masses_.inverse * masses_.inverse : masses_.inverse));
    center_ = static_cast<float>(group.sum(dot) * this->inverse_);
    gain = squared ? static_cast<float>(2 * masses_.inverse) : 1.0f;
  }

  // Calls body(v, slope of the boundary behind class v, what has moved there less the mean).
  template <class Body>
  __device__ __forceinline__ void each_boundary(Body body) const {
    const bool squared = problem.power == 2;
    const int last = problem.ground.circular ? -1 : problem.classes - 1 - begin_;
    Run run;
    run.before = moved_;
    this->in_eights([&](int v) {
      run.add(v, excess_[v]);
      const float x = (run.total() - mean_.high) - mean_.low, pull = squared ? x : sign_of(x);
      const float slope = gaps_ ? gaps_[v] * pull : v == last ? 0.0f : pull;
      body(v, v == dominant_ ? balance_ : slope, x);
    });
  }

  // The weighted mean of what has moved over the circle, and the slope at a dominant gap, which balances the others.
  __device__ __forceinline__ void find_mean() {
    mean_ = {0, 0};
    const GroundView& ground = problem.ground;
    if (!ground.circular) return;
    balance_ = 0;
    float dominant = 0;
    MeanOfMoved mean;
    each_boundary([&](int v, float slope, float x) {
      mean.add(v, slope);
      dominant = v == dominant_ ? x : dominant;
    });
    const double others = group.sum(mean.total());
    const double gap = ground.dominant < 0 ? 0.0 : static_cast<double>(ground.gaps[ground.dominant]);
    const double of_circle = (others + gap * static_cast<double>(group.sum(dominant))) * ground.inverse_total_gap;
    mean_ = parts_of(of_circle);
    balance_ = static_cast<float>(of_circle * ground.other_gaps - others);
  }

  float moved_, slopes_;  // in front of the thread's segment: what has moved, and the slopes
};

}  // namespace semd::cuda
