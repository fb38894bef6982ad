// Logits with a class index where a class costs what its distance from the label is: matrices, and power 1 on the line and
// on the circle. E = sum p_i^rho c_i. Rows pass through shared memory as in walk.cuh and thread_rows.cuh.
#pragma once

#include "../../grounds/line.cuh"
#include "../thread_rows/row.cuh"
#include "row.cuh"

namespace semd::cuda {

// The row's costs are fetched, or worked out, once the label is known.
template <class L>
class SegmentedCostRow : public SegmentedRow<L> {
 public:
  using Base = SegmentedRow<L>;
  using typename Base::Element;
  using Base::problem, Base::group, Base::counts, Base::broken, Base::label, Base::inverse, Base::cross_entropy, Base::emd,
      Base::gain;
  static constexpr bool kCosts = true;

  __device__ __forceinline__ SegmentedCostRow(const RowProblem& p, void* sums, char* memory) : Base(p, sums, memory) {
    const SegmentMemory sizes(problem.classes, group.size(), sizeof(Element));
    slot_ = reinterpret_cast<float*>(memory + this->groups() * (sizes.raw + sizes.values) +
                                     this->own_group() * SegmentMemory(problem.classes, group.size(), sizeof(float)).raw);
  }

  __device__ __forceinline__ void take() {
    bring_costs();
    __pipeline_wait_prior(0);
    group.synchronize();
    if (L::kWide) values_ = reinterpret_cast<float*>(raw_) + begin_;
    costs_ += begin_;
    count_ = counts ? width_ : 0;
    at_label_ = label - begin_;
    holds_label_ = at_label_ >= 0 && at_label_ < count_;
    const float own = counts ? decoded(raw_[label], bfloat16_) : 0.0f;
    group.synchronize();
    const float top = group.max(this->highest(own));
    const Run mass = this->exponentials_below(top);
    const auto sum = static_cast<float>(group.sum(static_cast<double>(mass.total())));
    sum_ = counts ? sum : 1.0f;
    inverse = 1.0f / sum_;
    broken = !(sum_ <= 3.4e38f);
    cross_entropy = natural_logarithm(sum_) - (own - top);
  }

  __device__ __forceinline__ void measure() {
    Run part;
    this->in_eights([&](int v) { part.add(v, values_[v] * slope(v)); });
    const auto total = static_cast<float>(group.sum(static_cast<double>(part.total())));
    const bool squared = problem.power == 2;
    emd = squared ? total * inverse * inverse : total * inverse;
    center_ = total * inverse;
    gain = squared ? 2 * inverse : 1.0f;
  }

  // alpha e_i (slope_i - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    const bool dominated = sum_ < 2;
    const int dominant = dominated ? this->find_top() : -1;
    const float level = fmaf(alpha, -center_, gamma * inverse);
    Element* out = raw_ + begin_;
    this->in_eights([&](int v) {
      const float e = values_[v], d = e * fmaf(alpha, slope(v), level) - (v == at_label_ ? gamma : 0.0f);
      encode(d, bfloat16_, out[v]);
      if (!L::kWide) values_[v] = d;
    });
    // The entry that is close to 1 is what the others leave (mathematics, "The dominant entry").
    float others = 0;
    if (dominated) others = this->all_but(dominant, dominant);
    if (L::Group::kSize != 0 || dominated) others = group.sum(others);
    if (dominated && dominant >= 0) encode(-others, bfloat16_, out[dominant]);
    if (this->exists && (!counts || broken)) this->fill_with(counts ? nanf("") : 0.0f);
  }

 private:
  using Base::values_, Base::raw_, Base::begin_, Base::width_, Base::count_, Base::at_label_, Base::holds_label_,
      Base::bfloat16_, Base::sum_, Base::center_;

  __device__ __forceinline__ float slope(int v) const {
    return problem.power == 2 ? values_[v] * costs_[v] : costs_[v];
  }

  __device__ __forceinline__ void bring_costs() {
    const GroundView& ground = problem.ground;
    const int classes = problem.classes;
    costs_ = slot_;
    if (ground.kind == SEMD_MATRIX) {
      const float* from = ground.cost + static_cast<int64_t>(label) * classes;
      costs_ += phase_of(from);
      if (counts) begin_copy<Dense>(classes % 4 == 0, slot_ + phase_of(from), from, classes, group.rank, group.size());
      __pipeline_commit();
    } else if (counts) {
      for (int i = group.rank; i < classes; i += group.size()) slot_[i] = arc(ground, i, label);
    }
  }

  float *slot_, *costs_;
};

// A matrix of so few classes is in the block's shared memory as a whole.
template <class L>
class ThreadCostRow : public ThreadRow<L> {
 public:
  using Base = ThreadRow<L>;
  using typename Base::Element;
  using Base::problem, Base::counts, Base::broken, Base::label, Base::inverse, Base::cross_entropy, Base::emd, Base::gain;
  static constexpr bool kRowsAreShort = false;

  __device__ __forceinline__ ThreadCostRow(const RowProblem& p, void* sums, char* memory)
      : Base(p, sums, memory), stride_(p.classes | 1) {
    if (p.ground.kind != SEMD_MATRIX) return;
    costs_ = reinterpret_cast<float*>(memory + Base::memory_bytes(p.classes, blockDim.x));
    for (int i = threadIdx.x; i < p.classes * p.classes; i += blockDim.x) {
      costs_[i / p.classes * stride_ + i % p.classes] = p.ground.cost[i];
    }
    __syncthreads();
  }

  static __host__ __device__ constexpr size_t memory_bytes(int classes, int threads) {
    const size_t matrix = sizeof(float) * static_cast<size_t>(classes) * static_cast<size_t>(classes | 1);
    return Base::memory_bytes(classes, threads) + matrix;
  }

  __device__ __forceinline__ void take() {
    __pipeline_wait_prior(0);
    this->synchronize();
    this->find_row();
    const float own = counts ? decoded(*this->at_label_, this->bfloat16_) : 0.0f;
    this->read();
    float top = own;
    this->in_fours([&](int v) { top = fmaxf(top, e_[v]); });
    Run mass;
    this->in_fours([&](int v) { mass.add(v, e_[v] = exponential(e_[v] - top)); });
    sum_ = mass.total();
    inverse = 1.0f / sum_;
    broken = !(sum_ <= 3.4e38f);
    cross_entropy = natural_logarithm(sum_) - (own - top);
  }

  __device__ __forceinline__ void measure() {
    Run part;
    this->in_fours([&](int v) { part.add(v, e_[v] * slope(v)); });
    const bool squared = problem.power == 2;
    emd = squared ? part.total() * inverse * inverse : part.total() * inverse;
    center_ = part.total() * inverse;
    gain = squared ? 2 * inverse : 1.0f;
  }

  // alpha e_i (slope_i - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    const float level = fmaf(alpha, -center_, gamma * inverse);
    float others = 0;
    int dominant = -1;
    this->in_fours([&](int v) {
      const bool is_top = e_[v] == 1.0f;
      e_[v] = e_[v] * fmaf(alpha, slope(v), level) - (v == label ? gamma : 0.0f);
      others += is_top ? 0.0f : e_[v];
      dominant = is_top ? v : dominant;
    });
    this->write();
    // The entry that is close to 1 is what the others leave (mathematics, "The dominant entry").
    if (sum_ < 2 && dominant >= 0) encode(-others, this->bfloat16_, *this->element(dominant));
    if (!counts || broken) this->fill_with(counts ? nanf("") : 0.0f);
  }

 private:
  using Base::e_, Base::sum_, Base::center_;

  // 0 behind the row's end.
  __device__ __forceinline__ float slope(int v) const {
    if (v >= problem.classes) return 0;
    const float cost = costs_ ? costs_[label * stride_ + v] : arc(problem.ground, v, label);
    return problem.power == 2 ? e_[v] * cost : cost;
  }

  int stride_;
  float* costs_ = nullptr;  // [classes, stride_]
};

}  // namespace semd::cuda
