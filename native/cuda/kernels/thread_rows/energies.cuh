// A thread per row: the energy distance E = -1/2 x^T M x, x = p - t, of up to 32 classes, from logits, with class indices or
// distributions. The row is in registers, and M in the block's shared memory as a whole, of which all threads of a warp read the
// same entries, four at a time. The formulas are those of tiled_rows/energies.cuh.
#pragma once

#include "../../block/elements.cuh"
#include "distributions.cuh"

namespace semd::cuda {

// M, with zeros up to multiples of four in both directions.
class SharedEnergy {
 public:
  static __host__ __device__ constexpr size_t bytes(int classes) {
    return sizeof(float) * static_cast<size_t>(energy_pitch(classes)) * static_cast<size_t>(energy_pitch(classes));
  }

  __device__ __forceinline__ SharedEnergy(const GroundView& ground, int classes, char* memory)
      : m_(reinterpret_cast<float*>(memory)), pitch_(energy_pitch(classes)) {
    for (int i = threadIdx.x; i < pitch_ * pitch_; i += blockDim.x) m_[i] = i < classes * pitch_ ? ground.cost[i] : 0.0f;
    __syncthreads();
  }

  __device__ __forceinline__ float of(int k, int i) const { return m_[k * pitch_ + i]; }
  // M_ki for the classes i .. i + 3.
  __device__ __forceinline__ Four<float> four_of(int k, int i) const {
    return *reinterpret_cast<const Four<float>*>(m_ + k * pitch_ + i);
  }

 private:
  float* m_;
  int pitch_;
};

// What rows of class indices and of distributions have in common.
template <class Base>
class OfEnergy : public Base {
 public:
  static constexpr int V = Base::V;

  __device__ __forceinline__ OfEnergy(const RowProblem& p, void* sums, char* memory)
      : Base(p, sums, memory), m_(p.ground, p.classes, memory + Base::memory_bytes(p.classes, blockDim.x)) {}
  static __host__ __device__ constexpr size_t memory_bytes(int classes, int threads) {
    return Base::memory_bytes(classes, threads) + SharedEnergy::bytes(classes);
  }

 protected:
  // Writes M x to a_[]; each entry is one run of terms.
  __device__ __forceinline__ void multiply(const float (&x)[V]) {
#pragma unroll
    for (int i = 0; i < V; i += 4) {
      if (i >= this->problem.classes) continue;
      float y[4] = {};
      this->in_fours([&](int k) {
        const Four<float> m = m_.four_of(k, i);
#pragma unroll
        for (int v = 0; v < 4; v++) y[v] = fmaf(m.v[v], x[k], y[v]);
      });
#pragma unroll
      for (int v = 0; v < 4; v++) a_[i + v] = y[v];
    }
  }
  __device__ __forceinline__ float not_negative(float emd) const {
    return this->problem.ground.indefinite || emd > 0 ? emd : 0.0f;
  }

  SharedEnergy m_;
  float a_[V];  // a_i
};

template <class L>
class ThreadEnergyRow : public OfEnergy<ThreadRow<L>> {
 public:
  using Base = OfEnergy<ThreadRow<L>>;
  using Base::problem, Base::label, Base::inverse, Base::emd, Base::gain;
  using Base::Base;
  static constexpr bool kRowsAreShort = false;

  // a_i = s M_ik + M_k . q - (M q)_i
  __device__ __forceinline__ void measure() {
    this->multiply(e_);
    float to_label = 0;
    this->in_fours([&](int v) {
      const float product = a_[v];  // read before the choice, which would otherwise put the row in memory
      to_label = v == label ? product : to_label;
    });
    Run twice;
    this->in_fours([&](int v) {
      a_[v] = fmaf(mass_, m_.of(v, label), to_label - a_[v]);
      twice.add(v, e_[v] * a_[v]);
    });
    center_ = twice.total() * inverse;
    emd = this->not_negative(0.5f * center_ * inverse);
    gain = inverse;
  }

  // alpha e_i (a_i - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    const float own = own_e_ * fmaf(alpha, -center_, gamma * inverse) - gamma;
    Run others;
    int dominant = -1;
    this->in_fours([&](int v) {
      if (e_[v] == 1.0f) dominant = v;
      e_[v] *= fmaf(alpha, a_[v] - center_, gamma * inverse);
      others.add(v, v == dominant ? 0.0f : e_[v]);
    });
    this->write();
    this->write_own(others.total(), own, dominant);
  }

 private:
  using Base::e_, Base::own_e_, Base::mass_, Base::center_, Base::a_, Base::m_;
};

template <class L>
class ThreadEnergyDistributionRow : public OfEnergy<ThreadDistributionRow<L>> {
 public:
  using Base = OfEnergy<ThreadDistributionRow<L>>;
  using Base::problem, Base::emd, Base::gain;
  using Base::Base;

  // a = -M (S p - t)
  __device__ __forceinline__ void measure() {
    this->multiply(this->excess_);
    Run twice, mean;
    this->in_fours([&](int v) {
      a_[v] = -a_[v];
      twice.add(v, this->excess_[v] * a_[v]);
      mean.add(v, this->e_[v] * a_[v]);
    });
    const auto of_masses = static_cast<float>(this->mass_.inverse);
    emd = this->not_negative(0.5f * twice.total() * of_masses * of_masses);
    gain = of_masses;
    center_ = mean.total() * static_cast<float>(this->inverse_);
  }

  // alpha e_i (a_i - center) + gamma (p_i - t_i / S)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    this->write_slopes(alpha, gamma, [&](auto visit) { this->in_fours([&](int v) { visit(v, a_[v] - center_); }); });
  }

 private:
  using Base::a_;
  float center_;
};

}  // namespace semd::cuda
