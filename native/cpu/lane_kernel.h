// Groups of rows from the caller's memory to the caller's memory: targets and weights, loss, gradient.
#pragma once

#include <cstring>
#include <limits>

#include "lane_costs.h"
#include "lane_differences.h"
#include "lane_layout.h"
#include "lane_one_pass.h"
#include "lane_trees.h"
#include "row_options.h"

namespace SEMD_ISA {
namespace wide {

// Labels, weights and upstream gradient of a group's rows.
struct RowWeights {
  Mask counted;  // in use and not ignored
  Mask silent;   // loss 0 and gradient 0: not counted, or of weight 0
  Double weight;  // s_b; in float64, since weights may be tiny or huge and yet cancel in the mean
  Float scale;    // s_b, the upstream gradient and the reduction's divisor
};

// Sets the labels (0 where there is none to read), the rows that count, and those whose label is out of range: another
// thread may have changed a shared array since the labels were checked.
template <class Label>
static void read_labels(const Task& task, const Placement& place, Group& g, RowWeights& rows) {
  const semd_problem& problem = *task.problem;
  const auto* labels = static_cast<const Label*>(problem.targets) + place.row;
  alignas(64) int32_t label[kLanes];
  if (!problem.has_ignore_index) {
    // Whatever does not fit is made to look out of range.
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
  g.label = select(valid, read, broadcast(int32_t{0}));
}

// Of distributions the group knows already.
static void read_targets(const Task& task, const Placement& place, Group& g, RowWeights& rows) {
  const semd_problem& problem = *task.problem;
  switch (problem.target_kind) {
    case SEMD_LABELS_INT32: read_labels<int32_t>(task, place, g, rows); break;
    case SEMD_LABELS_UINT8: read_labels<uint8_t>(task, place, g, rows); break;
    case SEMD_LABELS_UINT16: read_labels<uint16_t>(task, place, g, rows); break;
    case SEMD_LABELS_UINT32: read_labels<uint32_t>(task, place, g, rows); break;
    case SEMD_LABELS_INT64: read_labels<int64_t>(task, place, g, rows); break;
    default:
      g.broken = first(0);
      rows.counted = first(place.count);
  }

  Double weight = broadcast(1.0);
  rows.silent = invert(rows.counted);
  if (problem.sample_weights) {
    const Float by_sample = load_first(problem.sample_weights + place.row, place.count, zero());
    rows.silent = either(rows.silent, equal(by_sample, zero()));
    weight = widen(by_sample);
  }
  if (problem.class_weights) {
    Float by_class;
    if (g.t) {
      Total mean;
      ascend(
          g.classes,
          [&](int i) { mean.run = fma(load(at(g.t, i)), broadcast(problem.class_weights[i]), mean.run); },
          [&] { mean.next_run(); });
      by_class = mean.value();
    } else {
      by_class = gather(problem.class_weights, g.label);
      rows.silent = either(rows.silent, equal(by_class, zero()));
    }
    weight = mul(weight, widen(by_class));
  }
  rows.weight = weight;
  const Float upstream = problem.upstream_rows ? load_first(problem.upstream_rows + place.row, place.count, zero())
                                               : broadcast(static_cast<float>(problem.upstream));
  rows.scale = narrow(mul(mul(weight, widen(upstream)), broadcast(task.row_scale)));
}

// E, a_i, gain and center of the group's ground distance; returns the center of a tree.
static Double measure(Group& g, const Task& task) {
  const semd_ground& ground = *task.ground;
  const bool logits = task.problem->input == SEMD_LOGITS;
  const bool one_pass = logits && !g.t;
  switch (ground.kind) {
    case SEMD_TREE:
      return tree_form(g, ground, logits);
    case SEMD_MATRIX:
      if (g.t) {
        mix_matrix_costs(g, ground);
      } else {
        gather_matrix_costs(g, ground);
      }
      cost_form(g, StoredCost{g}, logits);
      break;
    default:
      if (one_pass && !g.squared) {
        cost_form(g, ArcCost(g, ground), true);
      } else if (one_pass && ground.kind == SEMD_ORDERED) {
        ordered_one_pass(g, ground.gaps());
      } else if (one_pass) {
        circular_one_pass(g, ground);
      } else if (ground.kind == SEMD_ORDERED) {
        ordered_differences(g, ground, logits);
      } else {
        circular_differences(g, ground, logits);
      }
  }
  return zero_double();
}

static inline bool is_ordered_one_pass(const Group& g, const Task& task) {
  return task.problem->input == SEMD_LOGITS && !g.t && g.squared && task.ground->kind == SEMD_ORDERED;
}

// dL/dz_i = alpha z_i (a_i - center) + gamma (p_i sum t - t_i) over the exponentials z_i;
// dL/dp_i = alpha (a_i - center) - gamma t_i / p_i.
struct Factors {
  Float alpha, gamma;
};

static inline Float cross_entropy_slope(const Group& g, int i, Float e) {
  if (!g.t) return fma(e, g.inverse_sum, sub(zero(), target(g, i)));
  return excess(g, i, g.mass_share, g.mass_share_low);
}

// Writes the gradient over the exponentials. An entry whose probability exceeds 1/2 (its exponential is 1, the sum below
// 2) is left 0: `rest` is the sum of the others, `dominant` its class (mathematics, "The dominant entry").
template <bool mix, class Gain>
static void logits_gradient(const Group& group, Gain gain, const Factors& factors_of_rows, Float& rest,
                            Int& dominant) {
  const Group g = group;
  const Factors factors = factors_of_rows;
  const Float top = select(less(g.sum, broadcast(2.0f)), broadcast(1.0f), broadcast(2.0f));
  Total others;
  Int place = broadcast(int32_t{-1});
  ascend(
      g.classes,
      [&](int i) {
        const Float e = load(at(g.z, i));
        const Mask is_top = equal(e, top);
        Float d = mul(e, mul(factors.alpha, sub(gain(i), g.center)));
        if constexpr (mix) d = fma(factors.gamma, cross_entropy_slope(g, i, e), d);
        d = keep(invert(is_top), d);
        others.run = add(others.run, d);
        store(at(g.z, i), d);
        place = select(is_top, broadcast(int32_t{i}), place);
      },
      [&] {
        others.next_run();
        gain.next_run();
      });
  rest = others.value();
  dominant = place;
}

template <bool mix, class Gain>
static void probabilities_gradient(const Group& group, Gain gain, const Factors& factors_of_rows) {
  const Group g = group;
  const Factors factors = factors_of_rows;
  ascend(
      g.classes,
      [&](int i) {
        const Float p = load(at(g.z, i));
        Float d = mul(factors.alpha, sub(gain(i), g.center));
        if constexpr (mix) {
          const Float t = target(g, i);
          const Float slope = div(mul(factors.gamma, t), clip_probability(p));
          d = sub(d, keep(invert(equal(t, zero())), slope));
        }
        store(at(g.z, i), d);
      },
      [&] { gain.next_run(); });
}

// What a range of groups adds up to, per lane.
struct LaneSums {
  Double cross_entropy = zero_double(), emd = zero_double();
  int64_t rows = 0, non_finite = 0;

  void take(const RowWeights& weights, Float loss, Float row_cross_entropy, Float row_emd) {
    const unsigned counted = bits(weights.counted);
    const unsigned finite = bits(less_equal(abs(loss), broadcast(std::numeric_limits<float>::max())));
    rows += count_bits(counted);
    non_finite += count_bits(counted & ~finite);
    const Double none = zero_double();
    cross_entropy = add(cross_entropy, select(weights.silent, none, mul(weights.weight, widen(row_cross_entropy))));
    emd = add(emd, select(weights.silent, none, mul(weights.weight, widen(row_emd))));
  }
};

static inline Float row_loss(const RowOptions& options, Float cross_entropy, Float emd) {
  Float loss = zero();
  if (options.cross_entropy_weight != 0) loss = mul(broadcast(options.cross_entropy_weight), cross_entropy);
  if (options.emd_weight != 0) loss = fma(broadcast(options.emd_weight), emd, loss);
  return loss;
}

template <bool mix, class Gain>
static inline void write_gradient(Group& g, Gain gain, bool logits, const Factors& factors, Float& rest, Int& dominant) {
  if (logits) {
    logits_gradient<mix>(g, gain, factors, rest, dominant);
  } else {
    probabilities_gradient<mix>(g, gain, factors);
  }
}

template <bool mix>
static inline void write_gradient(Group& g, const Task& task, Double tree_center, const Factors& factors, Float& rest,
                                  Int& dominant) {
  const bool logits = task.problem->input == SEMD_LOGITS;
  const semd_ground& ground = *task.ground;
  if (is_ordered_one_pass(g, task)) {
    logits_gradient<mix>(g, OrderedGain{g, ground.gaps(), {}}, factors, rest, dominant);
  } else if (ground.kind == SEMD_TREE) {
    write_gradient<mix>(g, TreeGain{g, ground, tree_center}, logits, factors, rest, dominant);
  } else {
    write_gradient<mix>(g, StoredGain{g}, logits, factors, rest, dominant);
  }
}

// Gradient rows of silent lanes are 0, of broken ones NaN, whatever stands there.
static void overwrite_rows(const Placement& place, unsigned silent, unsigned broken, int classes, float* gradient) {
  for (int lane = 0; lane < place.count; lane++) {
    if (!((silent | broken) >> lane & 1u)) continue;
    const float value = silent >> lane & 1u ? 0.0f : std::numeric_limits<float>::quiet_NaN();
    float* row = gradient + place.offset(lane);
    for (int i = 0; i < classes; i++) row[i * place.stride] = value;
  }
}

// What is left to do once a group's gradient is in the caller's memory.
struct Corrections {
  unsigned dominated, silent, broken;  // lanes
  alignas(64) float rest[kLanes];      // of the dominated: the sum of the others
  alignas(64) int32_t dominant[kLanes];

  // Those of other lanes.
  void add(const Corrections& other, Mask lanes) {
    dominated |= other.dominated;
    silent |= other.silent;
    broken |= other.broken;
    store(rest, select(lanes, load(other.rest), load(rest)));
    store(dominant, select(lanes, load(other.dominant), load(dominant)));
  }
};

static void correct_rows(const Placement& place, const Corrections& c, int classes, float* gradient) {
  unsigned dominated = c.dominated;
  for (int lane = 0; dominated; lane++, dominated >>= 1) {
    if (dominated & 1u) gradient[place.offset(lane) + c.dominant[lane] * place.stride] = -c.rest[lane];
  }
  if (c.silent | c.broken) overwrite_rows(place, c.silent, c.broken, classes, gradient);
}

// Losses of some lanes of a group whose predictions (and distributions) are in columns already; their gradient takes their
// place.
static void run_group(const Task& task, const RowOptions& options, const Placement& place, Group& g, Mask lanes,
                      LaneSums& sums, Corrections& corrections) {
  const semd_problem& problem = *task.problem;
  const bool logits = problem.input == SEMD_LOGITS;
  RowWeights rows;
  read_targets(task, place, g, rows);
  rows.counted = both(rows.counted, lanes);
  rows.silent = either(rows.silent, invert(lanes));
  g.z_low = g.t ? g.low_parts : nullptr;
  const Mask bad_label = g.broken;
  if (logits) {
    g.t ? softmax<true>(g) : softmax<false>(g);
  } else {
    g.t ? take_probabilities<true>(g) : take_probabilities<false>(g);
  }
  if (g.t) rows.silent = either(rows.silent, both(equal(narrow(rows.weight), zero()), invert(g.no_target)));
  const Double tree_center = measure(g, task);

  const Mask broken = either(g.broken, bad_label), counts = invert(rows.silent);
  const Float nan = broadcast(std::numeric_limits<float>::quiet_NaN());
  const Float measured = mul(g.emd, broadcast(options.emd_scale));
  const Float emd = select(broken, nan, options.root ? sqrt(measured) : measured);
  const Float cross_entropy = select(broken, nan, g.cross_entropy);
  const Float unweighted = select(broken, nan, row_loss(options, cross_entropy, emd));
  const Float loss = keep(counts, narrow(mul(rows.weight, widen(unweighted))));
  if (problem.losses) {
    float* losses = problem.losses + place.row;
    store_first(losses, place.count, select(lanes, loss, load_first(losses, place.count, zero())));
  }
  sums.take(rows, loss, cross_entropy, emd);
  if (!problem.gradient) return;

  Float slope = broadcast(options.emd_scale);
  if (options.root) slope = keep(less(zero(), emd), div(slope, mul(broadcast(2.0f), emd)));
  Factors factors;
  factors.gamma = mul(rows.scale, broadcast(options.cross_entropy_weight));
  factors.alpha = zero();
  if (options.emd_weight != 0) {
    factors.alpha = mul(mul(mul(rows.scale, broadcast(options.emd_weight)), slope), g.gain);
  }
  if (logits) factors.alpha = mul(factors.alpha, g.inverse_sum);
  Float rest = zero();
  Int dominant = broadcast(int32_t{-1});
  if (options.cross_entropy_weight != 0) {
    write_gradient<true>(g, task, tree_center, factors, rest, dominant);
  } else {
    write_gradient<false>(g, task, tree_center, factors, rest, dominant);
  }
  const unsigned in_use = bits(both(first(place.count), lanes));
  corrections.dominated = bits(less(broadcast(int32_t{-1}), dominant)) & in_use;
  corrections.silent = bits(rows.silent) & in_use;
  corrections.broken = bits(broken) & in_use;
  store(corrections.rest, rest);
  store(corrections.dominant, dominant);
}

// Lanes whose distribution is one-hot. Their classes are the labels, which are 0 elsewhere.
static Mask one_hot_lanes(const Group& g, const float* t, Int& label) {
  Mask found = first(0), others = invert(first(g.used));
  Int place = broadcast(int32_t{0});
  for (int begin = 0; begin < g.classes && bits(invert(others)); begin += kRun) {
    for (int i = begin; i < g.classes && i < begin + kRun; i++) {
      const Float value = load(at(t, i));
      const Mask one = equal(value, broadcast(1.0f)), none = equal(value, zero());
      others = either(others, either(both(found, one), invert(either(one, none))));
      found = either(found, one);
      place = select(one, broadcast(int32_t{i}), place);
    }
  }
  const Mask lanes = both(found, invert(others));
  label = select(lanes, place, broadcast(int32_t{0}));
  return lanes;
}

// One-hot distributions cost as little as class indices, and lose as few digits. What a row comes out as must not depend
// on its neighbours: where some of them are one-hot, both ways are gone, and each lane takes its own.
static void run_distributions(const Task& task, const RowOptions& options, const Placement& place, Group& g, const float* t,
                              float* spare, LaneSums& sums, Corrections& corrections) {
  Int label;
  const Mask one_hot = one_hot_lanes(g, t, label), used = first(place.count);
  g.t = t;
  g.label = broadcast(int32_t{0});
  if (!bits(one_hot)) return run_group(task, options, place, g, used, sums, corrections);
  Group by_index = g;
  by_index.t = nullptr;
  by_index.label = label;
  if (bits(one_hot) == bits(used)) return run_group(task, options, place, by_index, used, sums, corrections);

  by_index.z = spare;
  std::memcpy(spare, g.z, static_cast<size_t>(g.classes) * kLanes * sizeof(float));
  run_group(task, options, place, g, both(used, invert(one_hot)), sums, corrections);
  Corrections by_index_corrections;
  run_group(task, options, place, by_index, one_hot, sums, by_index_corrections);
  if (!task.problem->gradient) return;
  for (int i = 0; i < g.classes; i++) {
    store(at(g.z, i), select(one_hot, load(at(spare, i)), load(at(g.z, i))));
  }
  corrections.add(by_index_corrections, one_hot);
}

static inline int64_t lane_array(const Task& task) { return semd::padded(task.problem->classes) * kLanes; }

static inline size_t lane_scratch_bytes(const Task& task) {
  const int tile = groups_per_tile(task);
  const bool distribution = task.problem->target_kind == SEMD_DISTRIBUTION_FLOAT32;
  const int arrays =
      tile * (distribution ? 2 : 1) + (distribution ? 3 : 2) + (keeps_low_parts(task) ? 1 : 0) + (task.ground->kind == SEMD_TREE ? 2 : 0);
  return static_cast<size_t>(lane_array(task)) * sizeof(float) * static_cast<size_t>(arrays);
}

static void run_lane_tiles(const Task& task, int64_t begin, int64_t end, char* scratch, Sums& sums) {
  const semd_problem& problem = *task.problem;
  const RowOptions options(task);
  const int64_t array = lane_array(task);
  const int tile = groups_per_tile(task);
  float* next = reinterpret_cast<float*>(scratch);
  auto take = [&](int arrays) {
    float* taken = next;
    next += arrays * array;
    return taken;
  };
  float* z = take(tile);
  const bool distribution = problem.target_kind == SEMD_DISTRIBUTION_FLOAT32;
  float* t = distribution ? take(tile) : nullptr;
  float* spare = distribution ? take(1) : nullptr;
  Group g;
  g.classes = problem.classes;
  g.squared = problem.power == 2;
  g.a = take(1);
  g.b = take(1);
  g.low_parts = keeps_low_parts(task) ? take(1) : nullptr;
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
      g.t = nullptr;
      if (t) {
        run_distributions(task, options, places[group], g, t + group * array, spare, lanes, corrections[group]);
      } else {
        run_group(task, options, places[group], g, first(places[group].count), lanes, corrections[group]);
      }
    }
    if (!problem.gradient) continue;
    store_tile(places, count, z, array, g.classes, problem.gradient);
    for (int group = 0; group < count; group++) {
      correct_rows(places[group], corrections[group], g.classes, problem.gradient);
    }
  }
  sums.cross_entropy += sum(lanes.cross_entropy);
  sums.emd += sum(lanes.emd);
  sums.rows += lanes.rows;
  sums.non_finite += lanes.non_finite;
}

}  // namespace wide
}  // namespace SEMD_ISA
