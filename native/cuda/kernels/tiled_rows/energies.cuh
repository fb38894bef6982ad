// Tiled: the energy distance, E = -1/2 x^T M x with x = p - t, for every kind of target and input and any number of classes. A row's x
// lies in the workspace, read by all threads of its group; each thread multiplies it by the columns of M of its own classes.
//
// From logits to a class index k, with q the masses without that of k and s their sum: a_i = s M_ik + M_k . q - (M q)_i, and
// E = 1/2 sum_i q_i a_i; nothing is made of differences to a mass near 1. Else a = - M x.
#pragma once

#include "row.cuh"

namespace semd::cuda {

struct Energies {
  static constexpr bool kNeedsWorkspace = true;
  static constexpr bool kColumns = true;  // has no kernels for pixels: rows whose classes lie apart pass through its stages

  template <class L>
  static __device__ __forceinline__ void measure(TiledRow<L>& row) {
    const RowProblem& problem = row.problem;
    const float* m = problem.ground.cost;
    const int classes = problem.classes, threads = row.group.size();
    const bool one_pass = row.logits() && !row.distribution();
    double* x = row.workspace;
    double* a = x + classes + 1;

    row.group.synchronize();  // the last row's numbers have been read
    const double moved = row.group.sum(write_masses(row, one_pass, x));
    row.group.synchronize();
    for (int i = row.group.rank; i < classes; i += threads) a[i] = product(m + i, x, classes);
    row.group.synchronize();

    const double to_label = one_pass ? a[row.label] : 0;
    const float* own = m + static_cast<int64_t>(row.label) * classes;
    row.group.synchronize();  // a[label] has been read
    double twice = 0;
    for (int i = row.group.rank; i < classes; i += threads) {
      a[i] = one_pass ? moved * own[i] + (to_label - a[i]) : -a[i];
      twice += x[i] * a[i];
    }
    row.group.synchronize();
    twice = row.group.sum(twice);

    const double scale = one_pass ? row.inverse : row.target.inverse;
    const double emd = 0.5 * twice * scale * scale;
    row.emd = static_cast<float>(problem.ground.indefinite || emd > 0 ? emd : 0.0);
    row.gain = static_cast<float>(scale);
    row.wide_center = one_pass ? twice * row.inverse : row.logits() ? mean(row, a) : 0;
  }

  template <class L, class Visit>
  static __device__ __forceinline__ void slopes(TiledRow<L>& row, Visit visit) {
    const double* a = row.workspace + row.problem.classes + 1;
    row.ascend([&](int tile) {
      const int place = row.place_of(tile);
      float difference[L::kVector];
#pragma unroll
      for (int v = 0; v < L::kVector; v++) {
        difference[v] = place + v < row.problem.classes ? static_cast<float>(a[place + v] - row.wide_center) : 0.0f;
      }
      visit(tile, difference, 0, row.problem.classes);
    });
  }

 private:
  static constexpr int kRun = 32;  // terms that are added up in float32

  // sum_k M_ki x_k; the rows of M lie `classes` apart.
  static __device__ __forceinline__ double product(const float* m, const double* x, int classes) {
    double all = 0;
    for (int begin = 0; begin < classes; begin += kRun) {
      const int end = begin + kRun < classes ? begin + kRun : classes;
      float run = 0;
      for (int k = begin; k < end; k++) run = fmaf(m[static_cast<int64_t>(k) * classes], static_cast<float>(x[k]), run);
      all += run;
    }
    return all;
  }

  // Masses that are to move, or differences S p - t; returns the thread's share of their sum.
  template <class L>
  static __device__ __forceinline__ double write_masses(TiledRow<L>& row, bool one_pass, double* x) {
    double all = 0;
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
        x[i] = !one_pass ? excess(e[v], row.share, t[v]) : i == row.label ? 0.0f : e[v].high;
        all += x[i];
      }
    });
    return all;
  }

  // sum p_i a_i
  template <class L>
  static __device__ __forceinline__ double mean(TiledRow<L>& row, const double* a) {
    double all = 0;
    row.ascend([&](int tile) {
      const int place = row.place_of(tile);
      float e[L::kVector];
      row.exponentials(tile, e);
#pragma unroll
      for (int v = 0; v < L::kVector; v++) {
        if (place + v < row.problem.classes) all += static_cast<double>(e[v]) * a[place + v];
      }
    });
    return row.group.sum(all) * row.inverse;
  }
};

}  // namespace semd::cuda
