// Tiled rows: ground distances that are a cost c_i per class, E = sum p_i^rho c_i, of any number of classes. The cost is the
// distance from the label on the line or the circle (power 1, index targets), an entry of a matrix, or the mean of a matrix's
// entries under a distribution (mathematics, "Matrix").
#pragma once

#include "../line.cuh"
#include "row.cuh"

namespace semd::cuda {

struct Costs {
  static constexpr bool kNeedsWorkspace = false;
  static constexpr bool kColumns = false;

  template <class L>
  static __device__ __forceinline__ void measure(TiledRow<L>& row) {
    using Real = typename L::Real;
    Real all = 0;
    row.ascend([&](int tile) {
      float c[L::kVector], e[L::kVector], part = 0;
      costs_of(row, row.place_of(tile), c);
      if constexpr (L::kHolds) row.store.keep(tile, row.place_of(tile), c);
      row.exponentials(tile, e);
#pragma unroll
      for (int v = 0; v < L::kVector; v++) part = fmaf(e[v], slope(row, e[v], c[v]), part);
      all += static_cast<Real>(part);
    });
    const double total = static_cast<double>(row.group.sum(all));
    const double of_masses = row.target.inverse;  // 1 / S; 1 for a class index
    row.gain = static_cast<float>(row.squared() ? 2 * row.inverse * of_masses : of_masses);
    row.emd = static_cast<float>((row.squared() ? total * row.inverse * row.inverse : total * row.inverse) * of_masses);
    row.center = row.logits() ? static_cast<float>(total * row.inverse) : 0.0f;
  }

  template <class L, class Visit>
  static __device__ __forceinline__ void slopes(TiledRow<L>& row, Visit visit) {
    row.ascend([&](int tile) {
      float c[L::kVector], e[L::kVector];
      if constexpr (L::kHolds) {
        row.store.read_kept(tile, row.place_of(tile), c);
      } else {
        costs_of(row, row.place_of(tile), c);
      }
      row.exponentials(tile, e);
#pragma unroll
      for (int v = 0; v < L::kVector; v++) c[v] = slope(row, e[v], c[v]) - row.center;
      visit(tile, c, 0, row.problem.classes);
    });
  }

 private:
  template <class L>
  static __device__ __forceinline__ float slope(const TiledRow<L>& row, float e, float c) {
    return row.squared() ? e * c : c;
  }

  template <class L>
  static __device__ __forceinline__ void costs_of(const TiledRow<L>& row, int place, float (&out)[L::kVector]) {
    const RowProblem& problem = row.problem;
    const GroundView& ground = problem.ground;
    if (ground.cost && row.distribution()) return mixed_costs(row, place, out);
#pragma unroll
    for (int v = 0; v < L::kVector; v++) {
      const int i = place + v;
      if (i >= problem.classes) {
        out[v] = 0;
      } else if (ground.cost) {
        out[v] = ground.cost[static_cast<int64_t>(row.label) * problem.classes + i];
      } else {
        out[v] = arc(ground, i, row.label);
      }
    }
  }

  // S c_i = sum_k t_k cost_ki. The matrix is symmetric, so rows of it may be read.
  template <class L>
  static __device__ __forceinline__ void mixed_costs(const TiledRow<L>& row, int place, float (&out)[L::kVector]) {
    constexpr int V = L::kVector;
    const RowProblem& problem = row.problem;
    const float* targets = static_cast<const float*>(problem.targets) + row.first;
    double all[V] = {};
    if (row.counts) {
      const int64_t inner = row.inner();
      for (int k = 0; k < problem.classes; k++) {
        float t = targets[k * inner];
        if (row.target.shift) t = shifted_mass(t, row.target.shift);
        if (t == 0) continue;
        const int64_t first = static_cast<int64_t>(k) * problem.classes + place;
        const float *cost = problem.ground.cost + first, *rest = problem.ground.cost_rest;
#pragma unroll
        for (int v = 0; v < V; v++) {
          if (place + v >= problem.classes) continue;
          const double exact = static_cast<double>(cost[v]) + (rest ? rest[first + v] : 0.0f);
          all[v] += static_cast<double>(t) * exact;
        }
      }
    }
#pragma unroll
    for (int v = 0; v < V; v++) out[v] = static_cast<float>(all[v]);
  }
};

}  // namespace semd::cuda
