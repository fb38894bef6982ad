// Rows side by side: groups of rows from the caller's memory and their gradients back to it.
//
// A tile of groups is transposed into columns [classes][lanes]; there each group goes through softmax, the form of its ground
// distance, and the gradient; then the tile is transposed back. A lane is a row from beginning to end, so that only the batch's
// totals are ever added up across lanes.
#pragma once

#include <limits>

#include "../rows/rescale.h"
#include "../rows/row_options.h"
#include "gradient.h"
#include "targets.h"

namespace SEMD_ISA {
namespace wide {

// What kernels ask of a ground distance. grounds/grounds.h, which knows every kind, defines them.
static Double measure(Group& g, const Task& task);    // E, a_i, gain and center; returns the center of a tree, else 0
static Gains gains_of(const Task& task);              // where measure() has left a_i
static bool is_of_differences(const semd_ground& ground);  // whether E grows with S^rho, or with S
static int column_arrays(const semd_ground& ground);  // scratch arrays besides a[] and b[]

// The totals of a range of groups, per lane.
struct LaneSums {
  Double cross_entropy = zero_double(), emd = zero_double();
  int64_t rows = 0;

  void take(const RowWeights& weights, const Placement& place, Float loss, Float row_cross_entropy, Float row_emd, Sums& sums) {
    const unsigned counted = bits(weights.counted);
    const unsigned finite = bits(less_equal(abs(loss), broadcast(std::numeric_limits<float>::max())));
    rows += count_bits(counted);
    if (counted & ~finite) take_non_finite(counted & ~finite, place, loss, sums);
    const Double none = zero_double();
    cross_entropy = add(cross_entropy, select(weights.silent, none, mul(weights.weight, widen(row_cross_entropy))));
    emd = add(emd, select(weights.silent, none, mul(weights.weight, widen(row_emd))));
  }

  static void take_non_finite(unsigned lanes, const Placement& place, Float loss, Sums& sums) {
    alignas(64) float losses[kLanes];
    store(losses, loss);
    for (int lane = 0; lanes; lane++, lanes >>= 1) {
      if (lanes & 1u) sums.add_non_finite(place.row_of(lane), losses[lane]);
    }
  }
};

static inline Float row_loss(const RowOptions& options, Float cross_entropy, Float emd) {
  Float loss = zero();
  if (options.cross_entropy_weight != 0) loss = mul(broadcast(options.cross_entropy_weight), cross_entropy);
  if (options.emd_weight != 0) loss = fma(broadcast(options.emd_weight), emd, loss);
  return loss;
}

template <bool distribution>
static inline void take_predictions(Group& g, bool logits) {
  logits ? softmax<distribution>(g) : take_probabilities<distribution>(g);
}

// Takes the predictions once more, where the sum of a target is far from 1, with that target multiplied by a power of 2.
static void take_rescaled(const Task& task, const Placement& place, Group& g) {
  for (unsigned lanes = bits(g.unusual) & bits(first(place.count)), lane = 0; lanes; lane++, lanes >>= 1) {
    if (lanes & 1u) semd::rescale_to_usual(g.t + lane, kLanes, g.classes, g.t + lane);
  }
  const bool logits = task.of_logits();
  if (logits) load_columns(place, task.problem->predictions, g.classes, g.z);
  take_predictions<true>(g, logits);
}

// The losses of a group whose predictions (and distributions) are already in columns; the gradient overwrites the predictions.
static void run_group(const Task& task, const RowOptions& options, const Placement& place, Group& g, float* t,
                      LaneSums& lanes, Corrections& corrections, Sums& sums) {
  const semd_problem& problem = *task.problem;
  const bool logits = task.of_logits();
  RowWeights rows;
  read_targets(task, place, g, rows, t);
  const Mask bad_label = g.broken;
  if (g.t) {
    take_predictions<true>(g, logits);
    if (bits(both(g.unusual, rows.counted))) take_rescaled(task, place, g);
  } else {
    take_predictions<false>(g, logits);
  }
  weigh_rows(task, place, g, rows);
  if (g.t) {
    const Mask weightless = equal(narrow(sign(rows.weight)), zero());  // a product of weights may leave float32's range
    rows.silent = either(rows.silent, both(weightless, invert(g.no_target)));
  }
  const Double tree_center = measure(g, task);
  if (g.t) divide_by_mass(g, is_of_differences(*task.ground));

  const Mask broken = either(g.broken, bad_label), counts = invert(rows.silent);
  const Float nan = broadcast(std::numeric_limits<float>::quiet_NaN());
  const Float measured = mul(g.emd, broadcast(options.emd_scale));
  const Float emd = select(broken, nan, options.root ? sqrt(measured) : measured);
  const Float cross_entropy = select(broken, nan, g.cross_entropy);
  const Float unweighted = select(broken, nan, row_loss(options, cross_entropy, emd));
  const Float loss = keep(counts, narrow(mul(rows.weight, widen(unweighted))));
  if (problem.losses) store_per_row(place, problem.losses, loss);
  lanes.take(rows, place, loss, cross_entropy, emd, sums);
  if (!problem.gradient) return;

  Float slope = broadcast(options.emd_scale);
  if (options.root) slope = keep(less(zero(), emd), div(slope, mul(broadcast(2.0f), emd)));
  Factors factors;
  factors.gamma = mul(rows.scale, broadcast(options.cross_entropy_weight));
  if (g.t) factors.gamma = mul(factors.gamma, g.inverse_mass);
  factors.alpha = zero();
  if (options.emd_weight != 0) {
    factors.alpha = mul(mul(mul(rows.scale, broadcast(options.emd_weight)), slope), g.gain);
  }
  if (logits) {
    factors.alpha = mul(factors.alpha, g.inverse_sum);
  } else {
    factors.alpha = finite_or_nan(factors.alpha);
    factors.gamma = finite_or_nan(factors.gamma);
  }
  Float rest = zero();
  Int dominant = broadcast(int32_t{-1});
  if (options.cross_entropy_weight != 0) {
    write_gradient<true>(g, task, gains_of(task), tree_center, factors, rest, dominant);
  } else {
    write_gradient<false>(g, task, gains_of(task), tree_center, factors, rest, dominant);
  }
  const unsigned in_use = bits(first(place.count));
  corrections.dominated = bits(less(broadcast(int32_t{-1}), dominant)) & in_use;
  corrections.silent = bits(rows.silent) & in_use;
  corrections.broken = bits(broken) & in_use;
  store(corrections.rest, rest);
  store(corrections.dominant, dominant);
}

static inline int64_t array_floats(const Task& task) { return semd::padded(task.problem->classes) * kLanes; }

static inline size_t scratch_bytes(const Task& task) {
  const int tile = groups_per_tile(task);
  const int arrays =
      tile * (task.of_classes() ? 1 : 2) + 2 + (keeps_low_parts(task) ? 1 : 0) + column_arrays(*task.ground);
  return static_cast<size_t>(array_floats(task)) * sizeof(float) * static_cast<size_t>(arrays);
}

static void run_tiles(const Task& task, int64_t begin, int64_t end, char* scratch, Sums& sums) {
  const semd_problem& problem = *task.problem;
  const RowOptions options(task);
  const int64_t array = array_floats(task);
  const int tile = groups_per_tile(task);
  float* next = reinterpret_cast<float*>(scratch);
  auto take = [&](int arrays) {
    float* taken = next;
    next += arrays * array;
    return taken;
  };
  float* z = take(tile);
  float* t = task.of_classes() ? nullptr : take(tile);
  Group g;
  g.classes = problem.classes;
  g.squared = problem.power == 2;
  g.a = take(1);
  g.b = take(1);
  g.z_low = keeps_low_parts(task) ? take(1) : nullptr;
  g.m = reinterpret_cast<double*>(next);
  LaneSums lanes;
  Placement places[kMaxTile];
  Corrections corrections[kMaxTile];
  for (int64_t index = begin; index < end; index++) {
    const int count = place_tile(task, index, places);
    load_tile(places, count, problem.predictions, g.classes, z, array, problem.gradient);
    if (t) load_tile(places, count, static_cast<const float*>(problem.targets), g.classes, t, array, nullptr);
    for (int group = 0; group < count; group++) {
      g.z = z + group * array;
      g.used = places[group].count;
      run_group(task, options, places[group], g, t ? t + group * array : nullptr, lanes, corrections[group], sums);
    }
    if (!problem.gradient) continue;
    store_tile(places, count, z, array, g.classes, problem.gradient);
    for (int group = 0; group < count; group++) {
      correct_rows(places[group], *task.ground, corrections[group], problem.gradient);
    }
  }
  sums.cross_entropy += sum(lanes.cross_entropy);
  sums.emd += sum(lanes.emd);
  sums.rows += lanes.rows;
}

}  // namespace wide
}  // namespace SEMD_ISA
