// Segmented rows (row.cuh): logits with a distribution t, on the line, and on the circle for power 2. E = sum w_j |x_j|^rho with
// x_j the running sum of S p_i - t_i less the mean, which is 0 on the line, and A_i is minus the sum of the slopes in front of i,
// as in tiled_rows/differences.cuh (mathematics, "Ordered", "Circular, power 2" and "Targets").
#pragma once

#include "distributions.cuh"

namespace semd::cuda {

template <class L>
class SegmentedDifferencesRow : public SegmentedDistribution<L> {
 public:
  using Base = SegmentedDistribution<L>;
  using Base::problem, Base::group, Base::emd, Base::gain;

  // The median of a circle is found by tiled rows.
  static bool serves(const RowProblem& p) {
    return p.input == SEMD_LOGITS && p.distribution() && !(p.ground.circular && p.power == 1);
  }

  __device__ __forceinline__ SegmentedDifferencesRow(const RowProblem& p, void* sums, char* memory)
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

  // Finds what has moved over the boundaries behind the classes from v on, less the mean, and their slopes. `run` is the sum of
  // `excess`. There is no boundary behind the last class of a line, but nothing is left to move there.
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
    mean_ = {0, 0};
    const bool circular = !kSimple && problem.ground.circular;
    if (circular) find_mean();
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
    if (circular) {
      this->each_excess(add);
    } else {
      this->find_excess(add);
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

  // Finds what classes of a circle have more than they should, then the weighted mean of what has moved, and the slope at a dominant
  // gap, which balances the others.
  __device__ __forceinline__ void find_mean() {
    const GroundView& ground = problem.ground;
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
    const double others = group.sum(mean.total());
    const double gap = ground.dominant < 0 ? 0.0 : static_cast<double>(ground.gaps[ground.dominant]);
    const double of_circle = (others + gap * static_cast<double>(group.sum(dominant))) * ground.inverse_total_gap;
    mean_ = parts_of(of_circle);
    balance_ = static_cast<float>(of_circle * ground.other_gaps - others);
  }

  float moved_, slopes_;  // in front of the thread's segment: what has moved, and the slopes
};

}  // namespace semd::cuda
