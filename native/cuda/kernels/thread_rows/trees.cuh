// A thread per row: logits over a tree of up to 32 classes, with class indices or distributions. E = sum w_e |m_e|^rho over the
// edges, m_e the mass that crosses edge e (mathematics, "Trees"). The row is in registers, and the sums over the tree's nodes in
// a column of shared memory. The sums are those of tiled_rows/trees.cuh, except for paths: in preorder the path to a node is the
// path to the last node entered one level higher, plus one edge.
#pragma once

#include "distributions.cuh"

namespace semd::cuda {

// A thread's column has a number per node, which is first its mass, then the sum of the masses before it, then the path to it;
// and the path to the last node entered at each depth.
class ThreadTree {
 public:
  static __host__ __device__ constexpr size_t bytes(int classes, int threads) {
    return sizeof(double) * static_cast<size_t>(tree_workspace(classes)) * static_cast<size_t>(threads);
  }

  __device__ __forceinline__ ThreadTree(const GroundView& ground, char* memory)
      : ground_(ground), nodes_(reinterpret_cast<double*>(memory) + threadIdx.x) {}

  __device__ __forceinline__ void put(int i, double mass) { node(ground_.preorder_of_class[i]) = mass; }
  __device__ __forceinline__ double path(int i) const { return node(ground_.preorder_of_class[i]); }

  // From masses to paths; returns E. With a label, the masses are all but its own, and cross the edges above the label upwards.
  __device__ __forceinline__ double measure(bool has_label, int label, bool squared) {
    const int classes = ground_.classes;
    double all = 0;
    for (int v = 0; v < classes; v++) {
      const double mass = node(v);
      node(v) = all;
      all += mass;
    }
    node(classes) = all;
    const int own = ground_.preorder_of_class[label];
    double emd = 0;
    node(0) = last_of(0) = 0;
    for (int v = 1; v < classes; v++) {
      const int end = v + ground_.subtree_size[v], depth = ground_.depth[v];
      const bool on_path = has_label && own >= v && own < end;
      // Nodes are visited in preorder, so the entries of later ones still hold sums.
      const double below = node(end) - node(v);
      const double far = on_path ? all - below : below;
      const double slope = ground_.length[v] * (squared ? far : far > 0 ? 1.0 : far < 0 ? -1.0 : 0.0);
      emd += slope * far;
      const double path = last_of(depth - 1) + (on_path ? -slope : slope);
      node(v) = last_of(depth) = path;
    }
    return emd;
  }

 private:
  __device__ __forceinline__ double& node(int v) const { return nodes_[v * static_cast<int>(blockDim.x)]; }
  __device__ __forceinline__ double& last_of(int depth) const { return node(ground_.classes + 1 + depth); }

  const GroundView& ground_;
  double* nodes_;
};

// What rows of class indices and of distributions have in common.
template <class Base>
class OnTree : public Base {
 public:
  __device__ __forceinline__ OnTree(const RowProblem& p, void* sums, char* memory)
      : Base(p, sums, memory), tree_(p.ground, memory + Base::memory_bytes(p.classes, blockDim.x)) {}
  static __host__ __device__ constexpr size_t memory_bytes(int classes, int threads) {
    return Base::memory_bytes(classes, threads) + ThreadTree::bytes(classes, threads);
  }

 protected:
  __device__ __forceinline__ void put(const float (&masses)[Base::V]) {
    this->in_fours([&](int v) {
      if (v < this->problem.classes) tree_.put(v, masses[v]);
    });
  }
  // a_i - center
  __device__ __forceinline__ float slope(int i) const { return static_cast<float>(tree_.path(i) - center_of_paths_); }
  __device__ __forceinline__ float slope_or_0(int v) const { return v < this->problem.classes ? slope(v) : 0.0f; }

  ThreadTree tree_;
  double center_of_paths_;
};

template <class L>
class ThreadTreeRow : public OnTree<ThreadRow<L>> {
 public:
  using Base = OnTree<ThreadRow<L>>;
  using Base::problem, Base::label, Base::inverse, Base::emd, Base::gain;
  using Base::Base;
  static constexpr bool kRowsAreShort = false;

  __device__ __forceinline__ void measure() {
    this->put(e_);
    const bool squared = problem.power == 2;
    const double total = tree_.measure(true, label, squared);
    emd = static_cast<float>(squared ? total * inverse * inverse : total * inverse);
    gain = squared ? 2 * inverse : 1.0f;
    center_of_paths_ = tree_.path(label) + total * inverse;
  }

  // alpha e_i (path_i - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    const float own = own_e_ * fmaf(alpha, this->slope(label), gamma * inverse) - gamma;
    Run others;
    int dominant = -1;
    this->in_fours([&](int v) {
      if (e_[v] == 1.0f) dominant = v;
      e_[v] *= fmaf(alpha, this->slope_or_0(v), gamma * inverse);
      others.add(v, v == dominant ? 0.0f : e_[v]);
    });
    this->write();
    this->write_own(others.total(), own, dominant);
  }

 private:
  using Base::e_, Base::own_e_, Base::tree_, Base::center_of_paths_;
};

template <class L>
class ThreadTreeDistributionRow : public OnTree<ThreadDistributionRow<L>> {
 public:
  using Base = OnTree<ThreadDistributionRow<L>>;
  using Base::problem, Base::emd, Base::gain;
  using Base::Base;

  __device__ __forceinline__ void measure() {
    this->put(this->excess_);
    const bool squared = problem.power == 2;
    const double of_masses = squared ? this->mass_.inverse * this->mass_.inverse : this->mass_.inverse;
    emd = static_cast<float>(tree_.measure(false, 0, squared) * of_masses);
    gain = squared ? static_cast<float>(2 * this->mass_.inverse) : 1.0f;
    double mean = 0;
    this->in_fours([&](int v) {
      if (v < problem.classes) mean += static_cast<double>(this->e_[v]) * tree_.path(v);
    });
    center_of_paths_ = mean * this->inverse_;
  }

  // alpha e_i (path_i - center) + gamma (p_i - t_i / S)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    this->write_slopes(alpha, gamma, [&](auto visit) { this->in_fours([&](int v) { visit(v, this->slope_or_0(v)); }); });
  }

 private:
  using Base::tree_, Base::center_of_paths_;
};

}  // namespace semd::cuda
