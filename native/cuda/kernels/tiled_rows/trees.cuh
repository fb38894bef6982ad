// Tiled rows: trees, for every kind of target and input and any number of classes, in float64. E = sum w_e |m_e|^rho over the
// edges, m_e the mass that crosses edge e (mathematics, "Trees"). In preorder the subtree of a node is a range, so that the mass
// below an edge is a difference of two prefix sums. The sum of the slopes along the path to a node v is a prefix sum over the
// nodes entered so far less one over the nodes left before v, which are the first v - depth(v) in postorder.
//
// From logits to a class index k the mass on the far side of an edge is the sum below it without p_k or, on the path from k to
// the root, all mass but p_k less that sum: what cancels there is small compared with the mass that crosses the edges at k.
#pragma once

#include "row.cuh"

namespace semd::cuda {

struct Trees {
  static constexpr bool kNeedsWorkspace = true;
  static constexpr bool kColumns = true;  // there is no kernel for pixels, so rows with scattered classes pass through stages

  template <class L>
  static __device__ __forceinline__ void measure(TiledRow<L>& row) {
    const RowProblem& problem = row.problem;
    const GroundView& ground = problem.ground;
    const int classes = problem.classes, threads = row.group.size();
    const bool one_pass = row.logits() && !row.distribution();
    double* first = row.workspace;
    double* second = first + classes + 1;

    row.group.synchronize();  // the previous row's numbers have been read
    scatter_mass(row, one_pass, first);
    row.group.synchronize();
    prefix_sums(row.group, first, classes);
    const double all = first[classes];

    const int own = ground.preorder_of_class[row.label];
    double emd = 0;
    for (int node = row.group.rank; node < classes; node += threads) {
      const int end = node + ground.subtree_size[node];
      const bool on_path = one_pass && own >= node && own < end;
      const double below = first[end] - first[node];
      const double far = on_path ? all - below : below;
      const double slope = node == 0 ? 0 : ground.length[node] * (row.squared() ? far : sign(far));
      emd += slope * far;
      second[node] = on_path ? -slope : slope;
    }
    row.group.synchronize();
    for (int node = row.group.rank; node < classes; node += threads) {
      first[node - ground.depth[node] + ground.subtree_size[node] - 1] = second[node];
    }
    row.group.synchronize();
    prefix_sums(row.group, first, classes);
    prefix_sums(row.group, second, classes);
    emd = row.group.sum(emd);

    if (one_pass) {
      row.emd = static_cast<float>(row.squared() ? emd * row.inverse * row.inverse : emd * row.inverse);
      row.gain = row.squared() ? static_cast<float>(2 * row.inverse) : 1.0f;
      row.wide_center = path(row, row.label) + emd * row.inverse;
    } else {
      row.emd = static_cast<float>(emd);
      row.gain = row.squared() ? 2.0f : 1.0f;
      row.wide_center = row.logits() ? mean_path(row) : 0;
    }
  }

  template <class L, class Visit>
  static __device__ __forceinline__ void slopes(TiledRow<L>& row, Visit visit) {
    row.ascend([&](int tile) {
      const int place = row.place_of(tile);
      float a[L::kVector];
#pragma unroll
      for (int v = 0; v < L::kVector; v++) {
        a[v] = place + v < row.problem.classes ? static_cast<float>(path(row, place + v) - row.wide_center) : 0.0f;
      }
      visit(tile, a, 0, row.problem.classes);
    });
  }

 private:
  static __device__ __forceinline__ double sign(double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0; }

  // Writes the mass of each class to its place in preorder.
  template <class L>
  static __device__ __forceinline__ void scatter_mass(TiledRow<L>& row, bool one_pass, double* to) {
    row.ascend([&](int tile) {
      const int place = row.place_of(tile);
      Parts e[L::kVector];
      float t[L::kVector];
      row.exponentials(tile, e);
      row.read_targets(place, t);
#pragma unroll
      for (int v = 0; v < L::kVector; v++) {
        const int i = place + v;
        if (i >= row.problem.classes) continue;
        const double exact = static_cast<double>(e[v].high) + e[v].low;
        to[row.problem.ground.preorder_of_class[i]] =
            one_pass ? (i == row.label ? 0.0 : exact) : exact * row.inverse - t[v] * row.target.inverse;
      }
    });
  }

  // values[i] becomes the sum of those before i, for i = 0 .. count.
  template <class Group>
  static __device__ __forceinline__ void prefix_sums(Group& group, double* values, int count) {
    double carry = 0;
#pragma unroll 1  // each round waits for the one before
    for (int begin = 0; begin < count; begin += group.size()) {
      const int i = begin + group.rank;
      const double own = i < count ? values[i] : 0;
      const Scan<double> scan = group.scan(own);
      if (i < count) values[i] = carry + scan.before;
      carry += scan.total;
    }
    if (group.rank == 0) values[count] = carry;
    group.synchronize();
  }

  // The sum of the slopes on the path from a class to the root.
  template <class L>
  static __device__ __forceinline__ double path(const TiledRow<L>& row, int i) {
    const GroundView& ground = row.problem.ground;
    const int node = ground.preorder_of_class[i];
    const double* left = row.workspace;
    const double* entered = row.workspace + row.problem.classes + 1;
    return entered[node + 1] - left[node - ground.depth[node]];
  }

  // sum p_i path_i
  template <class L>
  static __device__ __forceinline__ double mean_path(TiledRow<L>& row) {
    double all = 0;
    row.ascend([&](int tile) {
      const int place = row.place_of(tile);
      float e[L::kVector];
      row.exponentials(tile, e);
#pragma unroll
      for (int v = 0; v < L::kVector; v++) {
        if (place + v < row.problem.classes) all += static_cast<double>(e[v]) * path(row, place + v);
      }
    });
    return row.group.sum(all) * row.inverse;
  }
};

}  // namespace semd::cuda
