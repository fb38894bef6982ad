// Tiled rows: distributions and probabilities on the line and the circle, of any number of classes, by the differences of the
// two cumulative distributions, delta_j = sum_{i<=j} (S p_i - t_i). S is the sum of the t_i; E and the slopes are divided by a
// power of it at the end (mathematics, "Targets").
//
// With x_j = delta_j - a (a is 0 on the line) the slopes are q_j = w_j sign(x_j) |x_j|^(rho - 1), E = sum w_j |x_j|^rho, and a_i
// is minus the sum of the slopes before i. On the circle the slopes add up to 0, so one that is too uncertain, at a dominant gap
// or at the median, is minus the sum of the others (mathematics, "Circular, power 2" and "Circular, power 1").
#pragma once

#include "row.cuh"

namespace semd::cuda {

struct Differences {
  static constexpr bool kNeedsWorkspace = false;
  static constexpr bool kColumns = false;

  template <class L>
  static __device__ __forceinline__ void measure(TiledRow<L>& row) {
    constexpr int V = L::kVector;
    row.circle_mean = 0;
    row.balanced_boundary = -1;
    if (row.problem.ground.circular) {
      if (row.squared()) {
        find_mean(row);
      } else {
        find_median(row);
      }
    }
    double emd = 0, dot = 0, all = 0;
    visit_boundaries(row, all, [&](int tile, const float(&x)[V], const float(&q)[V], const float(&local)[V], float carry) {
      float e[V], emd_part = 0, dot_part = 0;
      row.exponentials(tile, e);
#pragma unroll
      for (int v = 0; v < V; v++) {
        emd_part = fmaf(q[v], x[v], emd_part);
        dot_part = fmaf(e[v], carry + local[v], dot_part);
      }
      emd += emd_part;
      dot += dot_part;
      if constexpr (L::kHolds) {
        row.store.keep(tile, row.place_of(tile), local);
        row.store.set_base(tile, carry);
      }
    });
    const double of_masses = row.squared() ? row.target.inverse * row.target.inverse : row.target.inverse;
    const bool by_median = row.problem.ground.circular && !row.squared();
    row.emd = static_cast<float>((by_median ? cost_around_median(row) : row.group.sum(emd)) * of_masses);
    dot = row.group.sum(dot);
    // a_i - center = center' - (sum of the slopes before i)
    row.center = static_cast<float>(row.logits() ? dot * row.inverse : all);
    row.gain = row.squared() ? static_cast<float>(2 * row.target.inverse) : 1.0f;
  }

  template <class L, class Visit>
  static __device__ __forceinline__ void slopes(TiledRow<L>& row, Visit visit) {
    constexpr int V = L::kVector;
    if constexpr (L::kHolds) {
      row.ascend([&](int tile) {
        float local[V];
        row.store.read_kept(tile, row.place_of(tile), local);
        emit(row, tile, local, row.store.base_of(tile), visit);
      });
    } else {
      double all = 0;
      visit_boundaries(row, all, [&](int tile, const float(&)[V], const float(&)[V], float(&local)[V], float carry) {
        emit(row, tile, local, carry, visit);
      });
    }
  }

 private:
  template <class L, class Visit>
  static __device__ __forceinline__ void emit(const TiledRow<L>& row, int tile, float (&local)[L::kVector], float carry,
                                              Visit& visit) {
    const float base = row.center - carry;
#pragma unroll
    for (int v = 0; v < L::kVector; v++) local[v] = base - local[v];
    visit(tile, local, 0, row.problem.classes);
  }

  // Calls visit(tile, e, t) for every tile: exponentials and masses of the target.
  template <class L, class Visit>
  static __device__ __forceinline__ void visit_masses(TiledRow<L>& row, Visit visit) {
    row.ascend([&](int tile) {
      Parts e[L::kVector];
      float t[L::kVector];
      row.exponentials(tile, e);
      row.read_targets(row.place_of(tile), t);
      visit(tile, e, t);
    });
  }

  // The deltas of a tile. `mass` is what crosses in front of it, to which the tile's own sum is added.
  template <class Sum, class L>
  static __device__ __forceinline__ void find_deltas(TiledRow<L>& row, const Parts (&e)[L::kVector], const float (&t)[L::kVector],
                                               double& mass, Sum (&delta)[L::kVector]) {
    Sum run = 0;
#pragma unroll
    for (int v = 0; v < L::kVector; v++) {
      if constexpr (std::is_same_v<Sum, double>) run += exact_excess(e[v], row.share, t[v]);
      else run += excess(e[v], row.share, t[v]);
      delta[v] = run;
    }
    const Scan<Sum> scan = row.group.scan(run);
    const Sum carry = static_cast<Sum>(mass) + scan.before;
#pragma unroll
    for (int v = 0; v < L::kVector; v++) delta[v] += carry;
    mass += scan.total;
  }

  // Over a long stretch of boundaries next to nothing may cross, after much has come and gone, or nearly the same, of which a circle's
  // mean leaves little; and there are as many such numbers as classes, in E of power 1, and in a_i, which from probabilities is the
  // gradient (mathematics, section 13).
  template <class L>
  static __device__ __forceinline__ bool in_float64(const TiledRow<L>& row) {
    return !row.squared() || !row.logits();
  }

  // Calls visit(tile, delta) for every tile, with float64 deltas less `level`.
  template <class L, class Visit>
  static __device__ __forceinline__ void visit_deltas(TiledRow<L>& row, double level, Visit visit) {
    double mass = -level;
    visit_masses(row, [&](int tile, const Parts(&e)[L::kVector], const float(&t)[L::kVector]) {
      double delta[L::kVector];
      find_deltas(row, e, t, mass, delta);
      visit(tile, delta);
    });
  }

  // Calls visit(tile, x) for every tile, with x less a circle's mean or median. A mean comes off before x is rounded; numbers that are
  // rounded to the median stay equal to it. One walk for both kinds of sums: with two, `visit` would be compiled twice.
  template <class L, class Visit>
  static __device__ __forceinline__ void visit_differences(TiledRow<L>& row, Visit visit) {
    constexpr int V = L::kVector;
    const bool wide = in_float64(row), mean_is_off = wide && row.squared();
    const Parts center = parts_of(mean_is_off ? 0 : row.circle_mean);
    double mass = mean_is_off ? -row.circle_mean : 0;
    visit_masses(row, [&](int tile, const Parts(&e)[V], const float(&t)[V]) {
      float x[V];
      if (wide) {
        double delta[V];
        find_deltas(row, e, t, mass, delta);
#pragma unroll
        for (int v = 0; v < V; v++) x[v] = static_cast<float>(delta[v]);
      } else {
        find_deltas(row, e, t, mass, x);
      }
#pragma unroll
      for (float& one : x) one = (one - center.high) - center.low;
      visit(tile, x);
    });
  }

  // Calls visit(tile, x, q, local, carry) for every tile, where the slopes before i add up to carry + local_i. `all` becomes the
  // sum of all slopes.
  template <class L, class Visit>
  static __device__ __forceinline__ void visit_boundaries(TiledRow<L>& row, double& all, Visit visit) {
    constexpr int V = L::kVector;
    all = 0;
    visit_differences(row, [&](int tile, const float(&x)[V]) {
      const int place = row.place_of(tile);
      float q[V], local[V], run = 0;
#pragma unroll
      for (int v = 0; v < V; v++) {
        q[v] = row.gap(place + v) * (row.squared() ? x[v] : sign_of(x[v]));
        if (place + v == row.balanced_boundary) q[v] = row.balance;
        local[v] = run;
        run += q[v];
      }
      const Scan<float> scan = row.group.scan(run);
#pragma unroll
      for (int v = 0; v < V; v++) local[v] += scan.before;
      visit(tile, x, q, local, static_cast<float>(all));
      all += scan.total;
    });
  }

  template <class L>
  static __device__ __forceinline__ void find_mean(TiledRow<L>& row) {
    constexpr int V = L::kVector;
    const GroundView& ground = row.problem.ground;
    double all = 0, dominant = 0;
    const auto weigh = [&](int tile, const auto& delta) {
#pragma unroll
      for (int v = 0; v < V; v++) {
        const int place = row.place_of(tile) + v;
        const double weighted = static_cast<double>(row.gap(place)) * delta[v];
        if (place == ground.dominant) dominant = weighted;
        else all += weighted;
      }
    };
    const bool wide = in_float64(row);
    double mass = 0;
    visit_masses(row, [&](int tile, const Parts(&e)[V], const float(&t)[V]) {
      if (wide) {
        double delta[V];
        find_deltas(row, e, t, mass, delta);
        weigh(tile, delta);
      } else {
        float delta[V];
        find_deltas(row, e, t, mass, delta);
        weigh(tile, delta);
      }
    });
    all = row.group.sum(all);
    if (ground.dominant < 0) {
      row.circle_mean = all * ground.inverse_total_gap;
      return;
    }
    row.circle_mean = (all + row.group.sum(dominant)) * ground.inverse_total_gap;
    row.balanced_boundary = ground.dominant;
    row.balance = static_cast<float>(row.circle_mean * ground.other_gaps - all);
  }

  // E of the circle, power 1, in float64: the same for all threads. What rounds to the same number as the median may be on either side
  // of it, and there may be many: E is a minimum, which lies where its tangents on both sides meet.
  template <class L>
  static __device__ __forceinline__ double cost_around_median(TiledRow<L>& row) {
    constexpr int V = L::kVector;
    int halvings = 0;
    for (double left = 1 / row.problem.ground.inverse_total_gap; left > 16; left /= 2) halvings++;
    double median = 0, reach = fabs(row.circle_mean) * 0x1p-22;
    // The weight above a level less that below it, and E of that level; of the lower end the same.
    double sides = 0, cost = 0, up = 0, below = 0;
    // First what crosses the balanced boundary, then halvings around that, then both ends: in one loop, as copies of its body would be
    // compiled each for themselves, which takes long.
#pragma unroll 1
    for (int step = -1; step < halvings + 2; step++) {
      const double level = step == halvings ? median - reach : step > halvings ? median + reach : median;
      double own_sides = 0, own_cost = 0;
      visit_deltas(row, level, [&](int tile, const double(&delta)[V]) {
#pragma unroll
        for (int v = 0; v < V; v++) {
          const int place = row.place_of(tile) + v;
          const double gap = row.gap(place);
          own_sides += delta[v] > 0 ? gap : delta[v] < 0 ? -gap : 0;
          own_cost += step >= 0 ? gap * fabs(delta[v]) : place == row.balanced_boundary ? delta[v] : 0;
        }
      });
      sides = row.group.sum(own_sides);
      cost = row.group.sum(own_cost);
      if (step < 0) {
        median = cost;
      } else if (step < halvings) {
        reach *= 0.5;
        median += sides > 0 ? reach : -reach;
      } else if (step == halvings) {
        up = sides;
        below = cost;
      }
    }
    // Where the minimum lies at an end, rounding decides on which side of it.
    return up > 0 && sides < 0 ? (up * (cost + sides * 2 * reach) - sides * below) / (up - sides) : fmin(below, cost);
  }

  // An order-preserving map of floats to integers, and its inverse.
  static __device__ __forceinline__ unsigned key_of(float x) {
    const unsigned bits = __float_as_uint(x == 0 ? 0.0f : x);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
  }
  static __device__ __forceinline__ float of_key(unsigned key) {
    return __uint_as_float(key & 0x80000000u ? key & 0x7fffffffu : ~key);
  }

  // The weighted median of the differences, by bisection over the values that a float32 can have; and of the boundaries that
  // attain it, the one at which half of the circle's length is reached, whose slope balances the others.
  template <class L>
  static __device__ __forceinline__ void find_median(TiledRow<L>& row) {
    constexpr int V = L::kVector;
    const double half = 0.5 * row.problem.ground.total_gap;
    unsigned key = 0;
    double below_median = 0, balance = 0;
    float first = -3e38f;  // negated
    // 32 rounds find, bit by bit, the largest key below which lies less than half of the circle's length; one more finds the boundary
    // and the balance. In one loop, as in cost_around_median, so that its body is compiled only once.
#pragma unroll 1
    for (int bit = 31; bit >= -1; bit--) {
      const bool searches = bit >= 0;
      const unsigned trial = searches ? key | 1u << bit : key;
      const float median = of_key(key);
      double below = 0;
      double missing = half * (1 - 1e-9) - below_median;  // sums of the same gaps in another order may differ in the last digits
      visit_deltas(row, 0, [&](int tile, const double(&delta)[V]) {
        float x[V];
        double tied = 0;
#pragma unroll
        for (int v = 0; v < V; v++) {
          x[v] = static_cast<float>(delta[v]);
          const double gap = row.gap(row.place_of(tile) + v);
          if (searches) {
            if (key_of(x[v]) < trial) below += gap;
          } else if (key_of(x[v]) == key) {
            tied += gap;
          }
        }
        if (searches) return;
        const Scan<double> scan = row.group.scan(tied);
        tied = scan.before - missing;
        missing -= scan.total;
#pragma unroll
        for (int v = 0; v < V; v++) {
          const int place = row.place_of(tile) + v;
          if (place >= row.problem.classes) continue;
          if (key_of(x[v]) == key) {
            tied += row.gap(place);
            if (tied >= 0) first = fmaxf(first, -static_cast<float>(place));
          }
          balance -= static_cast<double>(row.gap(place)) * sign_of(x[v] - median);
        }
      });
      if (!searches) break;
      below = row.group.sum(below);
      if (below < half) {
        key = trial;
        below_median = below;
      }
    }
    row.balanced_boundary = static_cast<int>(fminf(-row.group.max(first), 2e9f));
    row.balance = static_cast<float>(row.group.sum(balance));
    row.circle_mean = of_key(key);
  }
};

}  // namespace semd::cuda
