// Tiled rows: logits with a class index on the line and the circle, power 2, by the one-pass form (mathematics, "One fused pass
// for class indices"). This serves pixels and rows too long for shared memory; segmented_rows/ and thread_rows/ serve all others.
//
// In units of the exponentials, moved mass is x_j = P_j - a in front of the label k and T_j + a behind it (a is 0 on the line),
// slopes are q_j = w_j x_j, and E = sum q_j x_j. A_i is the sum of the slopes between i and k: that of the whole side less that
// beyond i. Both sides are summed up from the row's end towards the label, so that nothing cancels. On the circle the slopes of
// both sides have the same sum, and so the slope of a dominant gap follows from the others.
#pragma once

#include "row.cuh"

namespace semd::cuda {

struct OnePass {
  static constexpr bool kNeedsWorkspace = false;
  static constexpr bool kColumns = false;

  // What is carried from tile to tile on one side.
  template <class Real>
  struct Side {
    Real mass = 0, slope = 0;
  };

  template <class L>
  static __device__ __forceinline__ void measure(TiledRow<L>& row) {
    using Real = typename L::Real;
    row.circle_mean = 0;
    row.balanced_boundary = -1;
    if (row.problem.ground.circular) find_mean(row);
    Real emd = 0;
    Side<Real> front, rear;
    visit_front(row, front, emd, [&](int tile, const float(&local)[L::kVector], float carry) {
      if constexpr (L::kHolds) {
        row.store.keep(tile, row.place_of(tile), local);
        row.store.set_base(tile, carry);
        if (tile == row.tile_of(row.label)) row.own_base = carry;
      }
    });
    visit_rear(row, rear, emd, [&](int tile, const float(&local)[L::kVector], float carry) {
      if constexpr (L::kHolds) {
        keep_behind_label(row, tile, local);
        row.store.set_base(tile, carry);
      }
    });
    row.front_slope = static_cast<float>(front.slope);
    row.rear_slope = static_cast<float>(rear.slope);
    const double total = static_cast<double>(row.group.sum(emd));
    row.emd = static_cast<float>(total * row.inverse * row.inverse);
    // If the mean were exact, the slopes of both sides would have the same sum.
    const double uneven = row.circle_mean * (static_cast<double>(front.slope) - static_cast<double>(rear.slope));
    row.center = static_cast<float>((total + uneven) * row.inverse);
    row.gain = static_cast<float>(2 * row.inverse);
  }

  template <class L, class Visit>
  static __device__ __forceinline__ void slopes(TiledRow<L>& row, Visit visit) {
    constexpr int V = L::kVector;
    const int own = row.tile_of(row.label);
    if constexpr (L::kHolds) {
      row.ascend([&](int tile) {
        const int place = row.place_of(tile);
        float a[V];
        row.store.read_kept(tile, place, a);
        const float base = row.store.base_of(tile);
        // Unary plus makes values of them, as a reference to either would put registers in memory.
        const float front_base = tile == own ? +row.own_base : +base;
        const float front = row.front_slope - front_base;
        const float rear = row.rear_slope - base;
#pragma unroll
        for (int v = 0; v < V; v++) a[v] = difference(row, place + v, front, rear, a[v]);
        visit(tile, a, 0, row.problem.classes);
      });
    } else {
      using Real = typename L::Real;
      Real unused = 0;
      Side<Real> side;
      visit_front(row, side, unused, [&](int tile, float(&local)[V], float carry) {
#pragma unroll
        for (int v = 0; v < V; v++) local[v] = ((row.front_slope - carry) - local[v]) - row.center;
        visit(tile, local, 0, row.label);
      });
      side = {};
      visit_rear(row, side, unused, [&](int tile, float(&local)[V], float carry) {
        const int place = row.place_of(tile);
#pragma unroll
        for (int v = 0; v < V; v++) {
          local[v] = difference(row, place + v, 0.0f, row.rear_slope - carry, local[v]);
        }
        visit(tile, local, row.label, row.problem.classes);
      });
    }
  }

 private:
  // a_i - center
  template <class L>
  static __device__ __forceinline__ float difference(const TiledRow<L>& row, int place, float front, float rear, float local) {
    const float a = place < row.label ? front - local : place > row.label ? rear - local : 0.0f;
    return a - row.center;
  }

  // Keeps what is in front of the label. Tiles behind it have no branch: where the compiler knew that tile == own, it would index
  // registers by a variable, which puts them in memory.
  template <class L>
  static __device__ __forceinline__ void keep_behind_label(TiledRow<L>& row, int tile, const float (&rear)[L::kVector]) {
    const int place = row.place_of(tile);
    float local[L::kVector];
    row.store.read_kept(tile, place, local);
#pragma unroll
    for (int v = 0; v < L::kVector; v++) local[v] = place + v < row.label ? +local[v] : +rear[v];
    row.store.keep(tile, place, local);
  }

  // The moved mass at a tile's boundaries in front of the label, before a is subtracted; zero elsewhere.
  template <class L, class Real>
  static __device__ __forceinline__ void moved_in_front(TiledRow<L>& row, int tile, Real& mass, float (&x)[L::kVector]) {
    constexpr int V = L::kVector;
    const int place = row.place_of(tile);
    float e[V];
    row.exponentials(tile, e);
    float run = 0;
#pragma unroll
    for (int v = 0; v < V; v++) x[v] = run += place + v < row.label ? e[v] : 0.0f;
    const Scan<float> scan = row.group.scan(run);
    const float carry = static_cast<float>(mass) + scan.before;
#pragma unroll
    for (int v = 0; v < V; v++) x[v] = place + v < row.label ? carry + x[v] : 0.0f;
    mass += static_cast<Real>(scan.total);
  }

  // The same for the boundaries j >= k, which are crossed by the mass of the classes behind j.
  template <class L, class Real>
  static __device__ __forceinline__ void moved_behind(TiledRow<L>& row, int tile, Real& mass, float (&x)[L::kVector]) {
    constexpr int V = L::kVector;
    const int place = row.place_of(tile);
    float e[V];
    row.exponentials(tile, e);
    float run = 0;
#pragma unroll
    for (int v = V - 1; v >= 0; v--) {
      x[v] = run;
      run += place + v > row.label ? e[v] : 0.0f;
    }
    const Scan<float> scan = row.group.scan_back(run);
    const float carry = static_cast<float>(mass) + scan.before;
#pragma unroll
    for (int v = 0; v < V; v++) x[v] = place + v >= row.label ? carry + x[v] : 0.0f;
    mass += static_cast<Real>(scan.total);
  }

  // The weighted mean of delta over the circle, in units of the exponentials. Where nearly the same moves everywhere, what is left
  // beside it is small, and its error counts as often as there are classes.
  template <class L>
  static __device__ __forceinline__ void find_mean(TiledRow<L>& row) {
    using Real = typename L::Real;
    constexpr int V = L::kVector;
    const GroundView& ground = row.problem.ground;
    const int own = row.tile_of(row.label);
    Real mass = 0;
    double others = 0, dominant = 0;
    const auto weigh = [&](int tile, const float(&x)[V], double sign) {
#pragma unroll
      for (int v = 0; v < V; v++) {
        const int place = row.place_of(tile) + v;
        (place == ground.dominant ? dominant : others) += sign * row.gap(place) * x[v];
      }
    };
    row.ascend([&](int tile) {
      if (tile > own) return;
      float x[V];
      moved_in_front(row, tile, mass, x);
      weigh(tile, x, 1);
    });
    mass = 0;
    row.descend([&](int tile) {
      if (tile < own) return;
      float x[V];
      moved_behind(row, tile, mass, x);
      weigh(tile, x, -1);
    });
    others = row.group.sum(others);
    if (ground.dominant < 0) {
      row.circle_mean = others * ground.inverse_total_gap;
      return;
    }
    row.circle_mean = (others + row.group.sum(dominant)) * ground.inverse_total_gap;
    row.balanced_boundary = ground.dominant;
    row.balance = static_cast<float>(row.circle_mean * ground.other_gaps - others);
  }

  // Calls visit(tile, local, carry) for every tile, where the slopes before i add up to carry + local_i.
  template <class L, class Visit>
  static __device__ __forceinline__ void visit_front(TiledRow<L>& row, Side<typename L::Real>& side, typename L::Real& emd,
                                                    Visit visit) {
    using Real = typename L::Real;
    constexpr int V = L::kVector;
    const int own = row.tile_of(row.label);
    const Parts mean = parts_of(row.circle_mean);
    row.ascend([&](int tile) {
      if (tile > own) return;
      const int place = row.place_of(tile);
      float x[V], local[V], part = 0, run = 0;
      moved_in_front(row, tile, side.mass, x);
#pragma unroll
      for (int v = 0; v < V; v++) {
        float q = 0;
        if (place + v < row.label) {
          x[v] = (x[v] - mean.high) - mean.low;
          q = place + v == row.balanced_boundary ? row.balance : row.gap(place + v) * x[v];
        }
        part = fmaf(q, x[v], part);
        local[v] = run;
        run += q;
      }
      const Scan<float> scan = row.group.scan(run);
#pragma unroll
      for (int v = 0; v < V; v++) local[v] += scan.before;
      visit(tile, local, static_cast<float>(side.slope));
      emd += static_cast<Real>(part);
      side.slope += static_cast<Real>(scan.total);
    });
  }

  // Calls visit(tile, local, carry) for every tile, where the slopes from i on add up to carry + local_i.
  template <class L, class Visit>
  static __device__ __forceinline__ void visit_rear(TiledRow<L>& row, Side<typename L::Real>& side, typename L::Real& emd,
                                                   Visit visit) {
    using Real = typename L::Real;
    constexpr int V = L::kVector;
    const int own = row.tile_of(row.label);
    const Parts mean = parts_of(row.circle_mean);
    row.descend([&](int tile) {
      if (tile < own) return;
      const int place = row.place_of(tile);
      float x[V], local[V], part = 0, run = 0;
      moved_behind(row, tile, side.mass, x);
#pragma unroll
      for (int v = V - 1; v >= 0; v--) {
        float q = 0;
        if (place + v >= row.label) {
          x[v] = (x[v] + mean.high) + mean.low;
          q = place + v == row.balanced_boundary ? -row.balance : row.gap(place + v) * x[v];
        }
        part = fmaf(q, x[v], part);
        run += q;
        local[v] = run;
      }
      const Scan<float> scan = row.group.scan_back(run);
#pragma unroll
      for (int v = 0; v < V; v++) local[v] += scan.before;
      visit(tile, local, static_cast<float>(side.slope));
      emd += static_cast<Real>(part);
      side.slope += static_cast<Real>(scan.total);
    });
  }
};

}  // namespace semd::cuda
