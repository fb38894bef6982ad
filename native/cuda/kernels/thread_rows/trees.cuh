// A thread per row: logits over a tree of up to 32 classes, with class indices or distributions. E = sum w_e |m_e|^rho over the
// edges, m_e the mass that crosses edge e (mathematics, "Trees"). The row is in registers, and the sums over the tree's nodes in
// a column of shared memory. The sums are integers, as in segmented_rows/trees.cuh, except that paths need none: in preorder the
// path to a node is the path to the last node entered one level higher, plus one edge.
#pragma once

#include "../tree_units.cuh"
#include "distributions.cuh"

namespace semd::cuda {

// A thread's column has a number per node, which is first its mass, then the sum of the masses before it, then the path to it;
// and the path to the last node entered at each depth.
class ThreadTree {
 public:
  static __host__ __device__ constexpr size_t bytes(int classes, int threads) {
    return sizeof(unsigned) * 2 * static_cast<size_t>(classes + 1) * static_cast<size_t>(threads);
  }

  __device__ __forceinline__ ThreadTree(const GroundView& ground, char* memory)
      : ground_(ground), share_(SegmentMemory(ground.classes, 2, sizeof(float)).share),
        nodes_(reinterpret_cast<unsigned*>(memory) + threadIdx.x) {}

  __device__ __forceinline__ void put(int i, float mass) { node(ground_.preorder_of_class[i]) = __float_as_uint(mass); }
  // In units of `path_unit`.
  __device__ __forceinline__ int path(int i) const { return static_cast<int>(node(ground_.preorder_of_class[i])); }

  // From masses, of which all of the row's add up to `all`, to paths; returns E. With a label, the masses are all but its own,
  // and cross the edges above the label upwards: less than nothing, downwards.
  __device__ __forceinline__ double measure(float all, bool has_label, int label, bool squared) {
    const int classes = ground_.classes;
    const float unit = all * (1 / kTreeMass), units = kTreeMass / all;
    Rounding of_masses, of_slopes;
    unsigned total = 0;
    for (int v = 0; v < classes; v++) {
      const unsigned mass = of_masses.of(__uint_as_float(node(v)) * units);
      node(v) = total;
      total += mass;
    }
    node(classes) = total;
    const int own = ground_.preorder_of_class[label];
    float emd = 0;
    node(0) = last_of(0) = 0;
    for (int v = 1; v < classes; v++) {
      const TreeNode record = record_of(v);
      const int end = v + record.size(), depth = record.depth();
      const bool on_path = has_label && own >= v && own < end;
      // Nodes are visited in preorder, so the entries of later ones still hold sums.
      const auto far = static_cast<float>(static_cast<int>(node(end) - node(v) - (on_path ? total : 0)));
      // With a label and power 1 the sign is known, however little moves.
      const float sign = has_label ? (on_path ? -1.0f : 1.0f) : sign_of(far);
      const float slope = record.length * (squared ? far : kTreeMass * sign);
      emd = fmaf(slope, far, emd);
      node(v) = last_of(depth) = last_of(depth - 1) + of_slopes.of(slope);
    }
    path_unit = ground_.path_unit * (squared ? unit : 1 / kTreeMass);
    return emd * path_unit * unit;
  }

  double path_unit;

 private:
  __device__ __forceinline__ unsigned& node(int v) const { return nodes_[v * static_cast<int>(blockDim.x)]; }
  __device__ __forceinline__ unsigned& last_of(int depth) const { return node(ground_.classes + 1 + depth); }
  // As the records lie for two threads.
  __device__ __forceinline__ const TreeNode& record_of(int v) const {
    return ground_.segments[0].nodes[v < share_ ? 2 * v : 2 * (v - share_) + 1];
  }

  const GroundView& ground_;
  int share_;
  unsigned* nodes_;
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

  ThreadTree tree_;
};

template <class L>
class ThreadTreeRow : public OnTree<ThreadRow<L>> {
 public:
  using Base = OnTree<ThreadRow<L>>;
  using Base::problem, Base::label, Base::inverse;
  using Base::Base;
  static constexpr bool kRowsAreShort = false;

  static bool serves(const RowProblem& p) { return Base::serves(p) && !p.ground.short_edges; }

  __device__ __forceinline__ void measure() {
    this->put(e_);
    const bool squared = problem.power == 2;
    double total = tree_.measure(fmaxf(mass_, kLeastMoved), true, label, squared);
    path_to_label_ = tree_.path(label);
    if (!squared) {
      // Sums of masses are rounded for each edge, paths are not: the mean distance from the label.
      Run mean;
      this->in_fours([&](int v) { mean.add(v, e_[v] * path_from_label(v)); });
      total = mean.total() * tree_.path_unit;
    }
    this->close_emd(static_cast<float>(total), squared);
  }

  // alpha e_i (path_i - path of the label - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    const float slope = alpha * static_cast<float>(tree_.path_unit), level = fmaf(alpha, -center_, gamma * inverse);
    Run others;
    int dominant = -1;
    this->in_fours([&](int v) {
      if (e_[v] == 1.0f) dominant = v;
      e_[v] *= fmaf(slope, path_from_label(v), level);
      others.add(v, v == dominant ? 0.0f : e_[v]);
    });
    this->write();
    this->write_own(others.total(), fmaf(own_e_, level, -gamma), dominant);
  }

 private:
  using Base::e_, Base::own_e_, Base::mass_, Base::center_, Base::tree_;

  __device__ __forceinline__ float path_from_label(int v) const {
    return v < problem.classes ? static_cast<float>(tree_.path(v) - path_to_label_) : 0.0f;
  }

  int path_to_label_;
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
    Run sizes;
    this->in_fours([&](int v) { sizes.add(v, fabsf(this->excess_[v])); });
    const float all = fmaxf(sizes.total(), kLeastShare * static_cast<float>(this->mass_.sum));
    emd = static_cast<float>(tree_.measure(all, false, 0, squared) * of_masses);
    gain = squared ? static_cast<float>(2 * this->mass_.inverse) : 1.0f;
    Run mean;
    this->in_fours([&](int v) { mean.add(v, this->e_[v] * path_or_0(v)); });
    center_ = mean.total() * this->inverse;
  }

  // alpha e_i (path_i - center) + gamma (p_i - t_i / S)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    alpha *= static_cast<float>(tree_.path_unit);
    this->write_slopes(alpha, gamma,
                       [&](auto visit) { this->in_fours([&](int v) { visit(v, path_or_0(v) - center_); }); });
  }

 private:
  using Base::tree_, Base::center_;

  __device__ __forceinline__ float path_or_0(int v) const {
    return v < problem.classes ? static_cast<float>(tree_.path(v)) : 0.0f;
  }
};

}  // namespace semd::cuda
