// A thread per row: logits with a class index k and a cost c_i per class, its distance from k (matrices, and power 1 on the line
// and the circle), of up to 32 classes. E = sum p_i^rho c_i, a_i = p_i^(rho - 1) c_i (mathematics, "Matrix"). A matrix of so few
// classes is in the block's shared memory as a whole.
#pragma once

#include "../line.cuh"
#include "row.cuh"

namespace semd::cuda {

template <class L>
class ThreadCostRow : public ThreadRow<L> {
 public:
  using Base = ThreadRow<L>;
  using typename Base::Element;
  using Base::problem, Base::counts, Base::broken, Base::label, Base::inverse, Base::cross_entropy, Base::emd, Base::gain;
  static constexpr bool kRowsAreShort = false;

  __device__ __forceinline__ ThreadCostRow(const RowProblem& p, void* sums, char* memory)
      : Base(p, sums, memory), stride_(p.classes | 1) {
    if (!p.ground.cost) return;
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
    this->arrive();
    const float own = this->own_logit();
    this->read();
    float top = own;
    this->in_fours([&](int v) { top = fmaxf(top, e_[v]); });
    Run mass;
    this->in_fours([&](int v) { mass.add(v, e_[v] = exponential(e_[v] - top)); });
    this->close_sum(mass.total(), own - top);
  }

  __device__ __forceinline__ void measure() {
    Run part;
    this->in_fours([&](int v) { part.add(v, e_[v] * slope(v)); });
    this->close_emd(part.total(), problem.power == 2);
  }

  // alpha e_i (slope_i - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    const float level = fmaf(alpha, -center_, gamma * inverse);
    OtherEntries others;
    this->in_fours([&](int v) {
      const bool is_top = e_[v] == 1.0f;
      e_[v] = e_[v] * fmaf(alpha, slope(v), level) - (v == label ? gamma : 0.0f);
      others.add(v, is_top, e_[v]);
    });
    this->write();
    if (has_dominant_entry(sum_) && others.dominant >= 0) {
      from_float(left_by(others.sum), *this->element(others.dominant));
    }
    this->fill_void_row();
  }

 private:
  using Base::e_, Base::sum_, Base::center_;

  // a_i of class v; 0 behind the row's end.
  __device__ __forceinline__ float slope(int v) const {
    if (v >= problem.classes) return 0;
    const float cost = costs_ ? costs_[label * stride_ + v] : arc(problem.ground, v, label);
    return problem.power == 2 ? e_[v] * cost : cost;
  }

  int stride_;
  float* costs_ = nullptr;  // [classes, stride_]
};

}  // namespace semd::cuda
