// A thread per row: logits with a class index on the line with gaps of 1, power 2, of 2 or 4 classes, a number that the compiler
// knows. A row is one access of memory, so it comes and goes without shared memory. The form is that of row.cuh: D_j is the mass
// in front of boundary j if that is in front of the label, and else minus the mass behind it; E = sum D_j^2.
#pragma once

#include "../../block/elements.cuh"
#include "../../block/groups.cuh"
#include "../dominant_entry.cuh"
#include "../index_row.cuh"

namespace semd::cuda {

template <class L>
class FewClassesRow : public IndexRow<Single> {
 public:
  using Layout = L;
  using Element = typename L::Element;
  static constexpr int V = L::kClasses;
  static_assert(V == 2 || V == 4, "a row is one access");

  using Index = IndexRow<Single>;
  using Index::problem, Index::group, Index::exists, Index::counts, Index::broken, Index::label, Index::inverse,
      Index::cross_entropy, Index::emd, Index::gain;
  static constexpr bool kRowsAreShort = true;

  static bool serves(const RowProblem& p) { return p.classes == V && Index::serves(p) && p.ground.unit_line; }

  __device__ __forceinline__ FewClassesRow(const RowProblem& p, void* sums, char*)
      : Index(p, sums),
        from_(static_cast<const Element*>(p.predictions)),
        to_(static_cast<Element*>(p.gradient)),
        from_is_aligned_(is_aligned(from_)),
        to_is_aligned_(is_aligned(to_)) {}

  static __host__ __device__ constexpr size_t memory_bytes(int, int) { return 0; }
  static __device__ __forceinline__ int groups() { return blockDim.x; }
  static __device__ __forceinline__ constexpr int blocks() { return 1; }
  static __device__ __forceinline__ int own_group() { return threadIdx.x; }
  static __device__ __forceinline__ void synchronize() {}

  __device__ __forceinline__ void fetch(int64_t row) {
    Elements four{};
    const Element* from = from_ + row * V;
    if (exists && from_is_aligned_) {
      four = *reinterpret_cast<const Elements*>(from);
    } else if (exists) {
#pragma unroll
      for (int v = 0; v < V; v++) four.v[v] = from[v];
    }
#pragma unroll
    for (int v = 0; v < V; v++) e_[v] = to_float(four.v[v]);
  }
  __device__ __forceinline__ void deliver(int64_t row) const {
    if (!exists) return;
    Elements four;
#pragma unroll
    for (int v = 0; v < V; v++) from_float(e_[v], four.v[v]);
    Element* to = to_ + row * V;
    if (to_is_aligned_) {
      *reinterpret_cast<Elements*>(to) = four;
    } else {
#pragma unroll
      for (int v = 0; v < V; v++) to[v] = four.v[v];
    }
  }

  // From logits to exponentials, their sum, and the cross entropy.
  __device__ __forceinline__ void take() {
    float own = e_[0], top = e_[0];
#pragma unroll
    for (int v = 1; v < V; v++) {
      const float z = e_[v];  // read before the choice, which would otherwise put the row in memory
      own = v == label ? z : own;
      top = fmaxf(top, z);
    }
    own_e_ = exponential(own - top);
    float mass = 0;
#pragma unroll
    for (int v = 0; v < V; v++) {
      const float e = exponential(e_[v] - top);
      e_[v] = v == label ? 0.0f : e;  // the label's own mass does not move
      mass += e_[v];
    }
    this->close_sum(mass + own_e_, own - top);
  }

  __device__ __forceinline__ void measure() {
    float total = 0;
    each_boundary([&](int, float moved) { total = fmaf(moved, moved, total); });
    this->close_emd(total, true);
  }

  // alpha e_i (A_i - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    float slopes[V] = {};  // between each class and the label
    each_boundary([&](int v, float moved) {
#pragma unroll
      for (int i = 0; i < V; i++) slopes[i] += (i <= v) == (v < label) ? fabsf(moved) : 0.0f;
    });
    const float level = fmaf(alpha, -center_, gamma * inverse);
    OtherEntries others;
#pragma unroll
    for (int v = 0; v < V; v++) {
      const bool is_top = e_[v] == 1.0f;
      e_[v] *= fmaf(alpha, slopes[v], level);
      others.add(v, is_top, e_[v]);
    }
    const float own = fmaf(own_e_, level, -gamma);
    const auto settle = [&](int i, float entry) { put(i, entry); };
    put(label, settle_entries(has_dominant_entry(sum_), own_e_ == 1, others.dominant, others.sum, own, settle));
    if (counts && !broken) return;
#pragma unroll
    for (int v = 0; v < V; v++) e_[v] = counts ? nanf("") : 0.0f;
  }

 private:
  struct alignas(V * sizeof(Element)) Elements {
    Element v[V];
  };
  static __device__ __forceinline__ bool is_aligned(const Element* row) {
    return reinterpret_cast<uintptr_t>(row) % sizeof(Elements) == 0;
  }

  // Calls body(v, what moves over the boundary behind class v).
  template <class Body>
  __device__ __forceinline__ void each_boundary(Body body) const {
    float behind[V] = {};
#pragma unroll
    for (int v = V - 2; v >= 0; v--) behind[v] = behind[v + 1] + e_[v + 1];
    float before = 0;
#pragma unroll
    for (int v = 0; v < V - 1; v++) {
      before += e_[v];
      body(v, v < label ? before : -behind[v]);
    }
  }

  __device__ __forceinline__ void put(int i, float entry) {
#pragma unroll
    for (int v = 0; v < V; v++) {
      const float other = e_[v];
      e_[v] = v == i ? entry : other;
    }
  }

  const Element* from_;
  Element* to_;
  bool from_is_aligned_, to_is_aligned_;
  float e_[V];  // logits, exponentials with 0 in the label's place, gradient
  float own_e_;
};

}  // namespace semd::cuda
