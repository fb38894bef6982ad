// Rows side by side, the energy distance: E = -1/2 x^T M x, x = p - t, M the distances.
//
// x goes to b[], y = M x to a[]: a matrix product whose left factor is M and whose right factor is the group, a row per lane.
// Each vector of x is multiplied by entries of several rows of M, whose sums stay in registers. E and the a_i then follow
// from x and y (mathematics, "Energy, and how the kinds are related").
#pragma once

#include "predictions.h"

namespace SEMD_ISA {
namespace wide {

// Classes whose sums are in registers at a time; the last classes take a third or two thirds of that. A sum is a wide vector,
// two of the 16 or 32 registers.
#if defined(SEMD_USE_AVX512) || defined(__aarch64__)
constexpr int kSumsAtOnce = 12;
#else
constexpr int kSumsAtOnce = 6;
#endif
static_assert(semd::Energy::kPanel % kSumsAtOnce == 0, "sums are of one panel");

// Equal terms all round the same way, so float32 sums have three levels: runs of terms, stretches of runs, and the whole row.
constexpr int kProductRun = 32, kProductStretch = 1024;

// y_i = sum_k M_ki x_k for n classes i.
template <int n>
static void multiply(const float* m, const float* x, int classes, float* y) {
  for (int stretch = 0; stretch < classes; stretch += kProductStretch) {
    const int end = least(stretch + kProductStretch, classes);
    Float sum[n];
    for (int j = 0; j < n; j++) sum[j] = zero();
    for (int begin = stretch; begin < end; begin += kProductRun) {
      Float run[n];
      for (int j = 0; j < n; j++) run[j] = zero();
      const int stop = least(begin + kProductRun, end);
      for (int k = begin; k < stop; k++) {
        const Float own = load(at(x, k));
        for (int j = 0; j < n; j++) run[j] = fma(broadcast(m[k * semd::Energy::kPanel + j]), own, run[j]);
      }
      for (int j = 0; j < n; j++) sum[j] = add(sum[j], run[j]);
    }
    for (int j = 0; j < n; j++) store(at(y, j), stretch == 0 ? sum[j] : add(load(at(y, j)), sum[j]));
  }
}

// a[] = M b[]; a few classes past the last one are written, too, as 0.
static void multiply_by_distances(const Group& group, const semd_ground& ground) {
  constexpr int kPanel = semd::Energy::kPanel;
  const Group g = group;  // a copy that no store can alias
  for (int i = 0; i < g.classes; i += kSumsAtOnce) {
    const float* m = ground.panel_of(i - i % kPanel, g.classes) + i % kPanel;
    const int left = g.classes - i;
    if (left > kSumsAtOnce / 3 * 2) {
      multiply<kSumsAtOnce>(m, g.b, g.classes, at(g.a, i));
    } else if (left > kSumsAtOnce / 3) {
      multiply<kSumsAtOnce / 3 * 2>(m, g.b, g.classes, at(g.a, i));
    } else {
      multiply<kSumsAtOnce / 3>(m, g.b, g.classes, at(g.a, i));
    }
  }
}

// M_ki of each lane's label k.
static void gather_distances(const Group& g, const semd_ground& ground, float* to) {
  constexpr int kPanel = semd::Energy::kPanel;
  alignas(64) int32_t label[kLanes];
  store(label, g.label);
  for (int i = 0; i < g.classes; i += kPanel) {
    const float* panel = ground.panel_of(i, g.classes);
    const float* row[kLanes];
    for (int lane = 0; lane < kLanes; lane++) row[lane] = panel + static_cast<int64_t>(label[lane]) * kPanel;
    load_transposed(row, kPanel, at(to, i));
  }
}

static inline Float not_negative(const semd_ground& ground, Float emd) {
  return ground.indefinite ? emd : max(zero(), emd);
}

// From logits to a class index k. With q the masses but that of k and s their sum, a_i = s M_ik + M_k . q - (M q)_i and
// E = 1/2 sum_i q_i a_i. Masses are exponentials here; the results are divided by their sum at the end.
static void energy_to_class(Group& group, const semd_ground& ground, float* own_distances) {
  const Group g = group;  // a copy that no store can alias
  Total moved;
  ascend(
      g.classes,
      [&](int i) {
        const Float q = keep(invert(is_label(g, i)), load(at(g.z, i)));
        moved.run = add(moved.run, q);
        store(at(g.b, i), q);
      },
      [&] { moved.next_run(); });
  multiply_by_distances(g, ground);
  gather_distances(g, ground, own_distances);
  const Float s = moved.value();
  const Float to_label = gather(g.a, add(mul(g.label, broadcast(int32_t{kLanes})), lane_numbers()));
  Total twice;
  ascend(
      g.classes,
      [&](int i) {
        const Float a = fma(s, load(at(own_distances, i)), sub(to_label, load(at(g.a, i))));
        store(at(g.a, i), a);
        twice.run = fma(load(at(g.b, i)), a, twice.run);
      },
      [&] { twice.next_run(); });
  group.center = div(twice.value(), g.sum);
  group.emd = not_negative(ground, mul(mul(broadcast(0.5f), group.center), g.inverse_sum));
  group.gain = g.inverse_sum;
}

// From probabilities: by how much the mean of a = -M x is too large, which without rounding is -(mean of M's rows) . x. The part
// that all a_i share does not fade in a long row, and is more than what they differ by where distances are much alike.
static Float excess_of_mean(const Group& g, const semd_ground& ground) {
  const Double mass = add(widen(g.mass_share), widen(g.mass_share_low));
  Double own = zero_double(), sum = zero_double();
  for (int i = 0; i < g.classes; i++) {
    const Double x = sub(mul(widen(load(at(g.z, i))), mass), widen(target(g, i)));
    own = add(own, mul(broadcast(ground.means[i]), x));
    sum = add(sum, widen(load(at(g.a, i))));
  }
  return narrow(add(own, mul(sum, broadcast(1.0 / g.classes))));
}

// All other targets and inputs: a = -M (S p - t).
static void energy_of_differences(Group& group, const semd_ground& ground, bool logits) {
  const Group g = group;  // a copy that no store can alias
  for (int i = 0; i < g.classes; i++) store(at(g.b, i), excess(g, i));
  multiply_by_distances(g, ground);
  Total twice, center;
  ascend(
      g.classes,
      [&](int i) {
        const Float a = sub(zero(), load(at(g.a, i)));
        store(at(g.a, i), a);
        twice.run = fma(load(at(g.b, i)), a, twice.run);
        if (logits) center.run = fma(load(at(g.z, i)), a, center.run);
      },
      [&] {
        twice.next_run();
        center.next_run();
      });
  group.emd = not_negative(ground, mul(broadcast(0.5f), twice.value()));
  group.gain = broadcast(1.0f);
  group.center = logits ? mul(center.value(), g.inverse_sum) : excess_of_mean(g, ground);
}

}  // namespace wide
}  // namespace SEMD_ISA
