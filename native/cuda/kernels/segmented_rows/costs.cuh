// Segmented rows (row.cuh): logits with a class index k and a cost c_i per class, its distance from k: matrices, and power 1 on
// the line and the circle. E = sum p_i^rho c_i, a_i = p_i^(rho - 1) c_i. The costs of the row lie beside its logits in shared
// memory (mathematics, "Matrix").
#pragma once

#include "../line.cuh"
#include "row.cuh"

namespace semd::cuda {

// Fetches or computes the row's costs, once the label is known.
template <class L>
class SegmentedCostRow : public SegmentedRow<L> {
 public:
  using Base = SegmentedRow<L>;
  using typename Base::Element;
  using Base::problem, Base::group, Base::counts, Base::broken, Base::label, Base::inverse, Base::cross_entropy, Base::emd,
      Base::gain;
  static constexpr int kArrays = 1;
  static constexpr bool kReadsGaps = false;

  __device__ __forceinline__ SegmentedCostRow(const RowProblem& p, void* sums, char* memory)
      : Base(p, sums, memory, p.classes, kArrays) {}

  __device__ __forceinline__ void take() {
    bring_costs();
    const float own = this->arrive();
    costs_ += begin_;
    const float top = group.max(this->highest(own));
    const Run mass = this->exponentials_below(top);
    const auto sum = static_cast<float>(group.sum(static_cast<double>(mass.total())));
    this->close_sum(counts ? sum : 1.0f, own - top);
  }

  __device__ __forceinline__ void measure() {
    Run part;
    this->in_eights([&](int v, auto count) {
      constexpr int kCount = decltype(count)::value;
      float e[kCount], slopes[kCount];
      this->read_values(v, e);
      read_slopes(v, e, slopes);
#pragma unroll
      for (int k = 0; k < kCount; k++) part.add(v + k, e[k] * slopes[k]);
    });
    this->close_emd(static_cast<float>(group.sum(static_cast<double>(part.total()))), problem.power == 2);
  }

  // alpha e_i (slope_i - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    const bool dominated = has_dominant_entry(sum_);
    const int dominant = dominated ? this->find_top() : -1;
    const float level = fmaf(alpha, -center_, gamma * inverse);
    this->in_eights([&](int v, auto count) {
      constexpr int kCount = decltype(count)::value;
      float entries[kCount], slopes[kCount];
      this->read_values(v, entries);
      read_slopes(v, entries, slopes);
#pragma unroll
      for (int k = 0; k < kCount; k++) {
        entries[k] = entries[k] * fmaf(alpha, slopes[k], level) - (v + k == at_label_ ? gamma : 0.0f);
      }
      this->write_entries(v, entries, dominated);
    });
    float others = 0;
    if (dominated) others = this->all_but(dominant, dominant);
    if (L::Group::kSize != 0 || dominated) others = group.sum(others);
    if (dominated && dominant >= 0) from_float(left_by(others), raw_[begin_ + dominant]);
    this->fill_void_row();
  }

 private:
  using Base::arrays_, Base::raw_, Base::begin_, Base::width_, Base::count_, Base::at_label_, Base::holds_label_,
      Base::sum_, Base::center_;

  template <int kCount>
  __device__ __forceinline__ void read_slopes(int v, const float (&e)[kCount], float (&slopes)[kCount]) const {
    // The costs of a row of a matrix begin at a pair's place if it has an even number of them.
    read_neighbours(costs_ + v, !L::kWide && problem.classes % 2 == 0, slopes);
    if (problem.power != 2) return;
#pragma unroll
    for (int k = 0; k < kCount; k++) slopes[k] *= e[k];
  }

  __device__ __forceinline__ void bring_costs() {
    const GroundView& ground = problem.ground;
    const int classes = problem.classes;
    costs_ = arrays_;
    if (ground.cost) {
      const float* from = ground.cost + static_cast<int64_t>(label) * classes;
      costs_ += phase_of(from);
      if (counts) begin_copy<Dense>(classes % 4 == 0, arrays_ + phase_of(from), from, classes, group.rank, group.size());
      __pipeline_commit();
    } else if (counts) {
      for (int i = group.rank; i < classes; i += group.size()) arrays_[i] = arc(ground, i, label);
    }
  }

  float* costs_;
};

}  // namespace semd::cuda
