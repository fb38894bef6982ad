// A thread per row: logits with a distribution on the line, and on the circle for power 2, of up to 16 classes.
// E = sum w_j |x_j|^rho with x_j the running sum of S p_i - t_i, as in tiled_rows/differences.cuh (mathematics, "Ordered" and
// "Targets"). The row is in registers, its distribution in shared memory.
#pragma once

#include "../line.cuh"
#include "../masses.cuh"
#include "row.cuh"

namespace semd::cuda {

template <class L>
class ThreadDistributionRow : public ThreadRow<L> {
 public:
  using Base = ThreadRow<L>;
  using typename Base::Element;
  using Base::V;
  using Base::problem, Base::group, Base::counts, Base::broken, Base::inverse, Base::cross_entropy, Base::emd, Base::gain;
  static constexpr bool kRowsAreShort = false;
  bool no_target;  // the row of targets is not a distribution

  // Serves any gaps, but neither medians nor dominant gaps.
  static_assert(!L::kOnlyUnitLine);
  static bool serves(const RowProblem& p) {
    const bool median = p.ground.circular && p.power == 1;
    return p.input == SEMD_LOGITS && p.distribution() && !median && p.ground.dominant < 0;
  }

  __device__ __forceinline__ ThreadDistributionRow(const RowProblem& p, void* sums, char* memory)
      : Base(p, sums, memory),
        targets_are_packed_(p.classes % 4 == 0 && phase_of(static_cast<const float*>(p.targets)) == 0) {
    const size_t before = Base::memory_bytes(p.classes, blockDim.x);
    target_memory_ = reinterpret_cast<float*>(memory + before + threadIdx.x / 32 * thread_rows_bytes(p.classes, sizeof(float)));
  }
  static __host__ __device__ constexpr size_t memory_bytes(int classes, int threads) {
    return Base::memory_bytes(classes, threads) + static_cast<size_t>(threads / 32) * thread_rows_bytes(classes, sizeof(float));
  }
  static __device__ __forceinline__ constexpr bool distribution() { return true; }

  __device__ __forceinline__ void fetch(int64_t row) {
    Base::fetch(row);
    const float* from = static_cast<const float*>(problem.targets) + (row - lane_) * problem.classes;
    targets_ = target_memory_ + (targets_are_packed_ ? 0 : phase_of(from));
    begin_copy<Spaced>(targets_are_packed_, targets_, from, elements_, lane_, 32);
  }

  // From logits to exponentials, their sum, S p_i - t_i, and the cross entropy.
  __device__ __forceinline__ void take() {
    this->arrive();
    this->read();
    float top = -INFINITY;
    this->in_fours([&](int v) { top = fmaxf(top, e_[v]); });
    PlainSumOfMasses plain;
    each_target([&](int, float t) { plain.add(t); });
    double own = plain.total();
    mass_ = find_sum_of_masses(group, counts, problem.classes, [&](int v) -> float& { return target(v); }, own);
    const auto of_masses = static_cast<float>(mass_.inverse);
    Compensated sum;
    Run dot;
    top_place_ = -1;
    each_target([&](int v, float t) {
      const float z = e_[v], share = t * of_masses;
      const Parts e = exponential_in_parts(z, top);
      e_[v] = e.high;
      excess_[v] = e.low;
      top_place_ = z == top ? v : top_place_;
      sum.add(e.high);
      sum.add_small(e.low);
      dot.add(v, share != 0 ? share * (z - top) : 0.0f);
    });
    const double all = sum.total();
    no_target = !mass_.valid;
    broken = no_target || !(all <= 3.4e38);
    dominated_ = has_dominant_entry(all);
    inverse_ = reciprocal(all);
    inverse = static_cast<float>(inverse_);
    cross_entropy = logf(static_cast<float>(all)) - dot.total();
    const Parts share = parts_of(mass_.sum * inverse_);
    each_target([&](int v, float t) { excess_[v] = semd::cuda::excess({e_[v], excess_[v]}, share, t); });
  }

  __device__ __forceinline__ double mean_class_weight() const {
    double mean = 0;
#pragma unroll 1
    for (int v = 0; v < problem.classes; v++) mean += static_cast<double>(target(v)) * problem.class_weights[v];
    return mean * mass_.inverse;
  }

  __device__ __forceinline__ void measure() {
    mean_ = {0, 0};
    if (is_simple()) return measure_as<true>();
    if (problem.ground.circular) {
      MeanOfMoved mean;
      each_boundary<false>([&](int v, float, float slope, float) { mean.add(v, slope); });  // of power 2
      mean_ = parts_of(mean.total() * problem.ground.inverse_total_gap);
    }
    measure_as<false>();
  }

  // alpha e_i (center - the slopes before i) + gamma (p_i - t_i / S)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    write_slopes(alpha, gamma, [&](auto visit) {
      const auto slope = [&](int v, float slopes, float, float) { visit(v, center_ - slopes); };
      is_simple() ? each_boundary<true>(slope) : each_boundary<false>(slope);
    });
  }

 protected:
  // `each` must call visit(v, a_v - center) for every class.
  template <class Each>
  __device__ __forceinline__ void write_slopes(float alpha, float gamma, Each each) {
    const int dominant = dominated_ ? top_place_ : -1;
    gamma *= static_cast<float>(mass_.inverse);
    Run others;
    each([&](int v, float slope) {
      const float d = e_[v] * (alpha * slope) + gamma * excess_[v];
      e_[v] = v == dominant ? 0.0f : d;
      others.add(v, e_[v]);
    });
    this->write();
    if (dominant >= 0) from_float(left_by(others.total()), *this->element(dominant));
    this->fill_void_row();
  }

  using Base::e_, Base::center_;
  float excess_[L::kClasses];  // S p_i - t_i; before the sum is known, the low parts of the exponentials
  double inverse_;
  SumOfMasses mass_;

 private:
  using Base::lane_, Base::elements_, Base::mean_;

  __device__ __forceinline__ float& target(int v) const {
    const int place = lane_ * problem.classes + v;
    return targets_[targets_are_packed_ ? Spaced::slot(place / 4) * 4 + place % 4 : place];
  }
  // Calls body(v, mass of class v) for each class, and with zeros behind the row's end, as far as in_fours does.
  template <class Body>
  __device__ __forceinline__ void each_target(Body body) const {
    const int first = lane_ * problem.classes;
#pragma unroll
    for (int v = 0; v < V; v += 4) {
      if (v >= problem.classes) continue;
      RawPack<float> four;
      if (targets_are_packed_) {
        four = RawPack<float>::read(targets_ + Spaced::slot(first / 4 + v / 4) * 4);
      } else {
#pragma unroll
        for (int k = 0; k < 4; k++) four.v[k] = v + k < problem.classes ? targets_[first + v + k] : 0.0f;
      }
#pragma unroll
      for (int k = 0; k < 4; k++) body(v + k, four.v[k]);
    }
  }

  // The most common ground distance has code of its own, in which a slope is what has moved. So is the last class's, which has no
  // boundary behind it, but there nothing is left to move.
  __device__ __forceinline__ bool is_simple() const { return problem.ground.unit_line && problem.power == 2; }

  template <bool kSimple>
  __device__ __forceinline__ void measure_as() {
    MeanOfMoved total, dot;
    each_boundary<kSimple>([&](int v, float slopes, float slope, float x) {
      total.add(v, slope * x);
      dot.add(v, e_[v] * slopes);
    });
    const bool squared = kSimple || problem.power == 2;
    emd = static_cast<float>(total.total() * (squared ? mass_.inverse * mass_.inverse : mass_.inverse));
    center_ = static_cast<float>(dot.total() * inverse_);
    gain = squared ? static_cast<float>(2 * mass_.inverse) : 1.0f;
  }

  // Calls body(v, slopes of the boundaries in front of class v, slope of the one behind it, difference there), which may change
  // v's exponential.
  template <bool kSimple, class Body>
  __device__ __forceinline__ void each_boundary(Body body) const {
    const bool squared = problem.power == 2;
    Run run;
    float slopes = 0;
    this->in_fours([&](int v) {
      run.add(v, excess_[v]);
      const float moved = run.total(), x = kSimple ? moved : (moved - mean_.high) - mean_.low;
      const float slope = kSimple ? x : gap_behind(problem.ground, problem.classes, v) * (squared ? x : sign_of(x));
      body(v, slopes, slope, x);
      slopes += slope;
    });
  }

  bool targets_are_packed_, dominated_;
  float *target_memory_, *targets_;  // of all rows of the warp
  int top_place_;
};

}  // namespace semd::cuda
