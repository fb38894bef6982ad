// A group of rows from the caller's memory to the caller's memory: transposed into lanes.h's scratch and back, or read as
// it lies where the classes are `inner` apart.
#pragma once

#include <limits>

#include "lanes.h"
#include "row_options.h"

namespace SEMD_ISA {

// Which rows the lanes of a group are, and where their elements begin.
struct Placement {
  int64_t row;                // of lane 0; the rows of a group follow one another
  int count;                  // lanes in use
  int64_t stride;             // between the classes of a row
  int64_t offset[kLanes];     // of class 0; unused lanes repeat lane 0
  bool adjacent;              // lanes lie next to each other
};

static inline int64_t lane_groups(const Task& task) {
  const int64_t inner = task.problem->inner;
  if (inner < kLanes) return (task.rows + kLanes - 1) / kLanes;
  return task.problem->outer * ((inner + kLanes - 1) / kLanes);
}

static inline Placement place_group(const Task& task, int64_t group) {
  const int64_t inner = task.problem->inner, classes = task.problem->classes;
  Placement place;
  place.stride = inner;
  place.adjacent = inner >= kLanes;
  if (place.adjacent) {
    const int64_t groups = (inner + kLanes - 1) / kLanes, outer = group / groups, first = group % groups * kLanes;
    place.row = outer * inner + first;
    place.count = static_cast<int>(inner - first < kLanes ? inner - first : kLanes);
    place.offset[0] = outer * classes * inner + first;
    for (int lane = 1; lane < kLanes; lane++) place.offset[lane] = place.offset[0] + (lane < place.count ? lane : 0);
    return place;
  }
  place.row = group * kLanes;
  place.count = static_cast<int>(task.rows - place.row < kLanes ? task.rows - place.row : kLanes);
  for (int lane = 0; lane < kLanes; lane++) {
    const int64_t row = place.row + (lane < place.count ? lane : 0);
    place.offset[lane] = inner == 1 ? row * classes : row / inner * classes * inner + row % inner;
  }
  return place;
}

static void load_lanes(const Placement& place, const float* from, int classes, float* to) {
  if (place.stride == 1) {
    for (int begin = 0; begin < classes; begin += kLanes) {
      const int count = least(kLanes, classes - begin);
      Float r[kLanes];
      if (count == kLanes) {
        for (int lane = 0; lane < kLanes; lane++) r[lane] = load(from + place.offset[lane] + begin);
      } else {
        for (int lane = 0; lane < kLanes; lane++) r[lane] = load_first(from + place.offset[lane] + begin, count, zero());
      }
      transpose(r);
      for (int i = 0; i < count; i++) store(at(to, begin + i), r[i]);
    }
  } else if (place.adjacent) {
    const float* source = from + place.offset[0];
    if (place.count == kLanes) {
      for (int i = 0; i < classes; i++) store(at(to, i), load(source + i * place.stride));
    } else {
      for (int i = 0; i < classes; i++) store(at(to, i), load_first(source + i * place.stride, place.count, zero()));
    }
  } else {
    for (int i = 0; i < classes; i++) {
      for (int lane = 0; lane < kLanes; lane++) at(to, i)[lane] = from[place.offset[lane] + i * place.stride];
    }
  }
}

static void store_lanes(const Placement& place, const float* from, int classes, float* to) {
  if (place.stride == 1) {
    for (int begin = 0; begin < classes; begin += kLanes) {
      const int count = least(kLanes, classes - begin);
      Float r[kLanes];
      for (int i = 0; i < kLanes; i++) r[i] = i < count ? load(at(from, begin + i)) : zero();
      transpose(r);
      if (count == kLanes) {
        for (int lane = 0; lane < place.count; lane++) store(to + place.offset[lane] + begin, r[lane]);
      } else {
        for (int lane = 0; lane < place.count; lane++) store_first(to + place.offset[lane] + begin, count, r[lane]);
      }
    }
  } else if (place.adjacent) {
    float* target = to + place.offset[0];
    if (place.count == kLanes) {
      for (int i = 0; i < classes; i++) store(target + i * place.stride, load(at(from, i)));
    } else {
      for (int i = 0; i < classes; i++) store_first(target + i * place.stride, place.count, load(at(from, i)));
    }
  } else {
    for (int i = 0; i < classes; i++) {
      for (int lane = 0; lane < place.count; lane++) to[place.offset[lane] + i * place.stride] = at(from, i)[lane];
    }
  }
}

// Labels, weights and upstream gradient of a group's rows.
struct RowWeights {
  Mask counted;  // in use and not ignored
  Mask silent;   // loss 0 and gradient 0: not counted, or of weight 0
  Float weight;  // s_b
  Float scale;   // s_b, the upstream gradient and the reduction's divisor
};

template <class Label>
static void load_labels(const Task& task, const Placement& place, int32_t* label, int32_t* state) {
  const auto* labels = static_cast<const Label*>(task.problem->targets) + place.row;
  const semd_problem& problem = *task.problem;
  for (int lane = 0; lane < kLanes; lane++) {
    const int64_t value = lane < place.count ? static_cast<int64_t>(labels[lane]) : 0;
    const bool ignored = lane >= place.count || (problem.has_ignore_index && value == problem.ignore_index);
    // Another thread may have changed a shared array since the labels were checked.
    const bool valid = value >= 0 && value < problem.classes;
    label[lane] = valid && !ignored ? static_cast<int32_t>(value) : 0;
    state[lane] = ignored ? 1 : valid ? 0 : 2;
  }
}

static void read_targets(const Task& task, const Placement& place, Group& g, RowWeights& rows, float* t) {
  const semd_problem& problem = *task.problem;
  alignas(64) int32_t label[kLanes], state[kLanes];
  g.t = nullptr;
  switch (problem.target_kind) {
    case SEMD_LABELS_INT32: load_labels<int32_t>(task, place, label, state); break;
    case SEMD_LABELS_UINT8: load_labels<uint8_t>(task, place, label, state); break;
    case SEMD_LABELS_UINT16: load_labels<uint16_t>(task, place, label, state); break;
    case SEMD_LABELS_UINT32: load_labels<uint32_t>(task, place, label, state); break;
    case SEMD_LABELS_INT64: load_labels<int64_t>(task, place, label, state); break;
    default:
      load_lanes(place, static_cast<const float*>(problem.targets), g.classes, t);
      g.t = t;
      for (int lane = 0; lane < kLanes; lane++) {
        label[lane] = -1;
        state[lane] = lane >= place.count;
      }
  }
  g.label = load(label);
  const Int states = load(state);
  rows.counted = invert(equal(states, broadcast(int32_t{1})));
  g.broken = equal(states, broadcast(int32_t{2}));

  Float weight = broadcast(1.0f);
  rows.silent = invert(rows.counted);
  if (problem.sample_weights) {
    weight = load_first(problem.sample_weights + place.row, place.count, zero());
    rows.silent = either(rows.silent, equal(weight, zero()));
  }
  if (problem.class_weights) {
    Float by_class = zero();
    if (g.t) {
      Total mean;
      for (int begin = 0; begin < g.classes; begin += kRun) {
        const int end = least(begin + kRun, g.classes);
        for (int i = begin; i < end; i++) mean.run = fma(load(at(t, i)), broadcast(problem.class_weights[i]), mean.run);
        mean.next_run();
      }
      by_class = mean.value();
    } else {
      by_class = gather(problem.class_weights, g.label);
    }
    weight = mul(weight, by_class);
  }
  rows.weight = weight;
  Float upstream = broadcast(static_cast<float>(problem.upstream));
  if (problem.upstream_rows) upstream = load_first(problem.upstream_rows + place.row, place.count, zero());
  rows.scale = mul(mul(weight, upstream), broadcast(task.row_scale));
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
        ordered_moved_mass(g, ground.gaps());
      } else if (one_pass) {
        circular_moved_mass(g, ground);
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

// dL/dz_i = z_i (alpha (a_i - center) + beta) - gamma t_i over the exponentials z_i;
// dL/dp_i = alpha (a_i - center) - gamma t_i / p_i.
struct Factors {
  Float alpha, beta, gamma;
};

// Writes the gradient over the exponentials. An entry whose probability exceeds 1/2 (its exponential is 1, the sum below
// 2) is left 0: `rest` is the sum of the others, `dominant` its class (mathematics, "The dominant entry").
template <class Gain>
static void logits_gradient(Group& g, Gain gain, const Factors& factors, Float& rest, Int& dominant) {
  const bool cross_entropy = bits(equal(factors.gamma, zero())) != bits(first(kLanes));
  const Float top = select(less(g.sum, broadcast(2.0f)), broadcast(1.0f), broadcast(2.0f));
  Total others;
  dominant = broadcast(int32_t{-1});
  for (int begin = 0; begin < g.classes; begin += kRun) {
    const int end = least(begin + kRun, g.classes);
    for (int i = begin; i < end; i++) {
      const Float e = load(at(g.z, i));
      const Mask is_top = equal(e, top);
      Float d = mul(e, fma(factors.alpha, sub(gain(i), g.center), factors.beta));
      if (cross_entropy) d = fnma(factors.gamma, target(g, i), d);
      d = keep(invert(is_top), d);
      others.run = add(others.run, d);
      store(at(g.z, i), d);
      dominant = select(is_top, broadcast(int32_t{i}), dominant);
    }
    others.next_run();
    gain.next_run();
  }
  rest = others.value();
}

template <class Gain>
static void probabilities_gradient(Group& g, Gain gain, const Factors& factors) {
  const bool cross_entropy = bits(equal(factors.gamma, zero())) != bits(first(kLanes));
  for (int begin = 0; begin < g.classes; begin += kRun) {
    const int end = least(begin + kRun, g.classes);
    for (int i = begin; i < end; i++) {
      const Float p = load(at(g.z, i));
      Float d = mul(factors.alpha, sub(gain(i), g.center));
      if (cross_entropy) {
        const Float t = target(g, i);
        const Float slope = div(mul(factors.gamma, t), clip_probability(p));
        d = sub(d, keep(invert(equal(t, zero())), slope));
      }
      store(at(g.z, i), d);
    }
    gain.next_run();
  }
}

static void run_lane_group(const Task& task, int64_t group, Group& g, float* t, Sums& sums) {
  const semd_problem& problem = *task.problem;
  const RowOptions options(task);
  const Placement place = place_group(task, group);
  RowWeights rows;
  read_targets(task, place, g, rows, t);
  const Mask bad_label = g.broken;
  load_lanes(place, problem.predictions, g.classes, g.z);
  const bool logits = problem.input == SEMD_LOGITS;
  if (logits) {
    g.t ? softmax<true>(g) : softmax<false>(g);
  } else {
    g.t ? take_probabilities<true>(g) : take_probabilities<false>(g);
  }
  const Double tree_center = measure(g, task);

  const Mask broken = either(g.broken, bad_label);
  const Float nan = broadcast(std::numeric_limits<float>::quiet_NaN());
  const Float measured = mul(g.emd, broadcast(options.emd_scale));
  const Float emd = select(broken, nan, options.root ? sqrt(measured) : measured);
  const Float cross_entropy = select(broken, nan, g.cross_entropy);
  const Float no_weight = zero();
  Float loss = no_weight;
  if (options.cross_entropy_weight != 0) loss = mul(broadcast(options.cross_entropy_weight), cross_entropy);
  if (options.emd_weight != 0) loss = fma(broadcast(options.emd_weight), emd, loss);
  const Mask counts = invert(rows.silent);
  loss = keep(counts, mul(rows.weight, loss));
  if (problem.losses) store_first(problem.losses + place.row, place.count, loss);

  const unsigned used = bits(rows.counted);
  const unsigned finite = bits(less_equal(abs(loss), broadcast(std::numeric_limits<float>::max())));
  sums.rows += count_bits(used);
  sums.non_finite += count_bits(used & ~finite);
  sums.cross_entropy += sum(widen(keep(counts, mul(rows.weight, cross_entropy))));
  sums.emd += sum(widen(keep(counts, mul(rows.weight, emd))));
  if (!problem.gradient) return;

  Float slope = broadcast(options.emd_scale);
  if (options.root) slope = keep(less(zero(), emd), div(slope, mul(broadcast(2.0f), emd)));
  const Float emd_factor = mul(mul(rows.scale, broadcast(options.emd_weight)), slope);
  Factors factors;
  factors.gamma = mul(rows.scale, broadcast(options.cross_entropy_weight));
  factors.alpha = options.emd_weight == 0 ? zero() : mul(emd_factor, g.gain);
  factors.beta = mul(factors.gamma, g.target_mass);
  Float rest = zero();
  Int dominant = broadcast(int32_t{-1});
  const bool tree = task.ground->kind == SEMD_TREE;
  if (logits) {
    factors.alpha = mul(factors.alpha, g.inverse_sum);
    factors.beta = mul(factors.beta, g.inverse_sum);
    if (tree) {
      logits_gradient(g, TreeGain{g, *task.ground, tree_center}, factors, rest, dominant);
    } else if (is_ordered_one_pass(g, task)) {
      logits_gradient(g, OrderedGain{g, task.ground->gaps(), {}}, factors, rest, dominant);
    } else {
      logits_gradient(g, StoredGain{g}, factors, rest, dominant);
    }
  } else if (tree) {
    probabilities_gradient(g, TreeGain{g, *task.ground, tree_center}, factors);
  } else {
    probabilities_gradient(g, StoredGain{g}, factors);
  }
  store_lanes(place, g.z, g.classes, problem.gradient);

  const unsigned live = bits(counts) & ~bits(broken), in_use = bits(first(place.count));
  if (logits) {
    alignas(64) float others[kLanes];
    alignas(64) int32_t index[kLanes];
    store(others, rest);
    store(index, dominant);
    for (int lane = 0; lane < place.count; lane++) {
      if (index[lane] >= 0) problem.gradient[place.offset[lane] + index[lane] * place.stride] = -others[lane];
    }
  }
  if (live == in_use) return;
  for (int lane = 0; lane < place.count; lane++) {
    if (live >> lane & 1u) continue;
    const bool silent = bits(rows.silent) >> lane & 1u;
    const float value = silent ? 0.0f : std::numeric_limits<float>::quiet_NaN();
    for (int i = 0; i < g.classes; i++) problem.gradient[place.offset[lane] + i * place.stride] = value;
  }
}

static inline size_t lane_array_bytes(const Task& task) {
  return static_cast<size_t>(semd::padded(task.problem->classes)) * kLanes * sizeof(float);
}

static inline size_t lane_scratch_bytes(const Task& task) {
  return lane_array_bytes(task) * (task.ground->kind == SEMD_TREE ? 6 : 4);
}

static void run_lane_groups(const Task& task, int64_t begin, int64_t end, char* scratch, Sums& sums) {
  const size_t bytes = lane_array_bytes(task);
  auto array = [&](int i) { return reinterpret_cast<float*>(scratch + bytes * i); };
  Group g;
  g.classes = task.problem->classes;
  g.squared = task.problem->power == 2;
  g.z = array(0);
  g.a = array(1);
  g.b = array(2);
  g.m = reinterpret_cast<double*>(array(4));
  for (int64_t group = begin; group < end; group++) run_lane_group(task, group, g, array(3), sums);
}

}  // namespace SEMD_ISA
