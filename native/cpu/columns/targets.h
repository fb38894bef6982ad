// Rows side by side: targets and weights of a group, from the caller's memory.
#pragma once

#include "layout.h"

namespace SEMD_ISA {
namespace wide {

// Labels, weights and upstream gradient of a group's rows.
struct RowWeights {
  Mask counted;  // in use and not ignored
  Mask silent;   // loss 0 and gradient 0: not counted, or of weight 0
  Double weight;  // s; in float64, since weights may be tiny or huge and yet cancel in the mean
  Float scale;    // s times the upstream gradient, divided by the reduction's divisor
};

static inline Int places_of(const semd_ground& ground, Int label) {
  const Int behind = add(label, broadcast(int32_t{-ground.first_class}));
  return select(less(behind, broadcast(int32_t{0})), add(behind, broadcast(int32_t{ground.classes})), behind);
}
static inline Int classes_at(const semd_ground& ground, Int place) {
  const Int i = add(place, broadcast(int32_t{ground.first_class}));
  return select(less(i, broadcast(int32_t{ground.classes})), i, add(i, broadcast(int32_t{-ground.classes})));
}

// Sets the labels (0 where there is none to read), the rows that count, and those whose label is out of range, as another
// thread may have changed a shared array since the labels were checked.
template <class Label>
static void take_labels(const Task& task, const Placement& place, const Label* labels, Group& g, RowWeights& rows) {
  const semd_problem& problem = *task.problem;
  alignas(64) int32_t label[kLanes];
  if (!problem.has_ignore_index) {
    // A label that does not fit int32 must still be out of range.
    for (int lane = 0; lane < place.count; lane++) {
      const auto value = static_cast<int64_t>(labels[lane]);
      label[lane] = static_cast<uint64_t>(value) < (uint64_t{1} << 31) ? static_cast<int32_t>(value) : -1;
    }
    for (int lane = place.count; lane < kLanes; lane++) label[lane] = 0;
    rows.counted = first(place.count);
  } else {
    alignas(64) int32_t counted[kLanes];
    for (int lane = 0; lane < kLanes; lane++) {
      const int64_t value = lane < place.count ? static_cast<int64_t>(labels[lane]) : problem.ignore_index;
      counted[lane] = value != problem.ignore_index;
      label[lane] = counted[lane] ? (value >= 0 && value < problem.classes ? static_cast<int32_t>(value) : -1) : 0;
    }
    rows.counted = equal(load(counted), broadcast(int32_t{1}));
  }
  const Int read = load(label);
  const Mask valid = both(less(broadcast(int32_t{-1}), read), less(read, broadcast(int32_t{problem.classes})));
  g.broken = invert(valid);
  const Int known = select(valid, read, broadcast(int32_t{0}));
  g.label = task.ground->first_class == 0 ? known : places_of(*task.ground, known);
}

// Rows that are not all zeros.
static Mask rows_with_mass(const Placement& place, const int32_t* kinds) {
  alignas(64) int32_t counted[kLanes] = {};
  for (int lane = 0; lane < place.count; lane++) counted[lane] = kinds[place.row_of(lane)] != semd::kNoMass;
  return equal(load(counted), broadcast(int32_t{1}));
}

template <class Label>
static void read_labels(const Task& task, const Placement& place, const Label* labels, Group& g, RowWeights& rows) {
  if (!place.rows) return take_labels(task, place, labels + place.row, g, rows);
  Label listed[kLanes];
  for (int lane = 0; lane < place.count; lane++) listed[lane] = labels[place.rows[lane]];
  take_labels(task, place, listed, g, rows);
}

static void read_targets(const Task& task, const Placement& place, Group& g, RowWeights& rows, float* t) {
  const semd_problem& problem = *task.problem;
  g.t = nullptr;
  const auto read = [&](const auto* labels) { read_labels(task, place, labels, g, rows); };
  if (semd::with_labels(problem.target_kind, problem.targets, read)) return;
  g.t = t;
  g.label = broadcast(int32_t{0});
  g.broken = first(0);
  rows.counted = task.row_kinds ? rows_with_mass(place, task.row_kinds) : first(place.count);
}

// The weights of the rows, once the masses of their targets are known.
static void weigh_rows(const Task& task, const Placement& place, const Group& g, RowWeights& rows) {
  const semd_problem& problem = *task.problem;
  Double weight = broadcast(1.0);
  rows.silent = invert(rows.counted);
  if (problem.sample_weights) {
    const Float by_sample = load_per_row(place, problem.sample_weights);
    rows.silent = either(rows.silent, equal(by_sample, zero()));
    weight = widen(by_sample);
  }
  if (problem.class_weights) {
    Double by_class = zero_double();
    if (g.t) {
      for (int i = 0; i < g.classes; i++) {
        const Double own = broadcast(static_cast<double>(problem.class_weights[task.ground->class_at(i)]));
        by_class = fma(widen(load(at(g.t, i))), own, by_class);
      }
      by_class = mul(by_class, widen(g.inverse_mass));
    } else {
      const Float own = gather(problem.class_weights, classes_at(*task.ground, g.label));
      rows.silent = either(rows.silent, equal(own, zero()));
      by_class = widen(own);
    }
    weight = mul(weight, by_class);
  }
  rows.weight = weight;
  const Double upstream = problem.upstream_rows ? widen(load_per_row(place, problem.upstream_rows)) : broadcast(problem.upstream);
  rows.scale = narrow(mul(mul(weight, upstream), broadcast(task.row_scale)));
  if (problem.input == SEMD_PROBABILITIES) rows.scale = finite_or_nan(rows.scale);
}

}  // namespace wide
}  // namespace SEMD_ISA
