// Long rows, one at a time, from the caller's memory and their gradients back to it.
//
// Each row takes three steps: start (exponentials), measure (E and a_i) and finish (loss and gradient). The next row is
// started before a row is finished, so that the chain of slow scalar operations at the end of a step overlaps with other work.
#pragma once

#include <cmath>
#include <limits>

#include "../rows/rescale.h"
#include "../rows/row_options.h"
#include "gradient.h"
#include "predictions.h"
#include "targets.h"

namespace SEMD_ISA {
namespace long_row {

// What kernels ask of a ground distance. grounds/grounds.h, which knows every kind, defines them.
static void measure(Row& row, const Task& task);  // E, local_i, bases, gain and center
static bool sums_up(const Task& task);            // whether the row's arrays are kept transposed, for running sums

template <bool distribution>
static void take_predictions(Row& row, bool logits, bool transposed) {
  if (logits) {
    transposed ? softmax<true, distribution>(row) : softmax<false, distribution>(row);
  } else {
    transposed ? take_probabilities<true, distribution>(row) : take_probabilities<false, distribution>(row);
  }
}

static inline void fill_row(float* out, int classes, float value) {
  for (int i = 0; i < classes; i++) out[i] = value;
}

// What the three steps of a row pass on to each other.
struct RowInProgress {
  Row row;
  float* e_low;  // scratch, for rows whose target is a distribution
  float* usual;  // scratch, for targets whose sum is far from 1
  int64_t index;
  double weight;
  bool ignored, bad_label, silent;
};

// From the caller's memory to exponentials (or probabilities).
static void start_row(const Task& task, int64_t index, RowInProgress& progress) {
  const semd_problem& problem = *task.problem;
  Row& row = progress.row;
  const bool logits = task.of_logits();
  progress.index = index;
  row.out = problem.gradient ? problem.gradient + index * row.classes : nullptr;
  row.z = problem.predictions + index * row.classes;
  row.t = row.next_t = nullptr;
  row.label = -1;
  row.no_target = false;
  progress.ignored = progress.bad_label = false;
  const bool distribution = !task.of_classes();
  if (!distribution) {
    const int64_t label = read_label(problem, index);
    progress.ignored = problem.has_ignore_index && label == problem.ignore_index;
    // Another thread may have changed a shared array since the labels were checked.
    progress.bad_label = label < 0 || label >= row.classes;
    row.label = progress.bad_label ? 0 : static_cast<int>(label);
  } else {
    progress.ignored = task.row_kinds && task.row_kinds[index] == semd::kNoMass;
  }
  progress.weight = problem.sample_weights ? problem.sample_weights[index] : 1;
  // With a sample weight of 0 the row is silent whatever its distribution is.
  progress.silent = progress.ignored || progress.weight == 0;
  if (progress.silent) return;
  if (distribution) {
    const float* t = static_cast<const float*>(problem.targets) + index * row.classes;
    row.t = t;
    row.next_t = t + row.classes;
  }
  row.e_low = row.t ? progress.e_low : nullptr;
  const bool transposed = sums_up(task);
  if (row.t) {
    take_predictions<true>(row, logits, transposed);
    if (!semd::is_usual(row.target_mass)) {
      semd::rescale_to_usual(row.t, 1, row.classes, progress.usual);
      row.t = progress.usual;
      take_predictions<true>(row, logits, transposed);
    }
  } else {
    take_predictions<false>(row, logits, transposed);
  }
  if (problem.class_weights) {
    progress.weight *= row.t ? mean_class_weight(row, problem.class_weights) : problem.class_weights[row.label];
  }
  progress.silent = progress.weight == 0 && !row.no_target;
}

static void finish_silent_row(const semd_problem& problem, const RowInProgress& progress, Sums& sums) {
  if (problem.losses) problem.losses[progress.index] = 0;
  if (progress.row.out) fill_row(progress.row.out, progress.row.classes, 0);
  sums.rows += !progress.ignored;
}

// The loss of a measured row, and its gradient.
static void finish_row(const Task& task, const RowOptions& options, RowInProgress& progress, Sums& sums) {
  const semd_problem& problem = *task.problem;
  Row& row = progress.row;
  if (progress.silent) return finish_silent_row(problem, progress, sums);
  const bool logits = task.of_logits(), transposed = sums_up(task);
  const bool broken = row.broken || progress.bad_label;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double measured = row.emd * options.emd_scale;
  const double emd = broken ? nan : options.root ? std::sqrt(measured) : measured;
  const double cross_entropy = broken ? nan : row.cross_entropy;
  double sum = 0;
  if (options.cross_entropy_weight != 0) sum += options.cross_entropy_weight * cross_entropy;
  if (options.emd_weight != 0) sum += options.emd_weight * emd;
  const auto loss = static_cast<float>(progress.weight * (broken ? nan : sum));
  if (problem.losses) problem.losses[progress.index] = loss;
  sums.rows++;
  if (!(std::fabs(loss) <= std::numeric_limits<float>::max())) sums.add_non_finite(progress.index, loss);
  sums.cross_entropy += progress.weight * cross_entropy;
  sums.emd += progress.weight * emd;
  if (!row.out) return;
  if (broken) return fill_row(row.out, row.classes, static_cast<float>(nan));

  const double upstream = problem.upstream_rows ? problem.upstream_rows[progress.index] : problem.upstream;
  const double scale = progress.weight * upstream * task.row_scale;
  double slope = options.emd_scale;
  if (options.root) slope = emd > 0 ? slope / (2 * emd) : 0;
  const double gamma = scale * options.cross_entropy_weight;
  const double alpha = options.emd_weight == 0 ? 0 : scale * options.emd_weight * slope * row.gain;
  Factors factors;
  factors.gamma = static_cast<float>(row.t ? gamma / row.target_mass : gamma);
  factors.alpha = static_cast<float>(logits ? alpha / row.sum : alpha);
  if (!logits) {
    factors.gamma = first_lane(finite_or_nan(broadcast(factors.gamma)));
    factors.alpha = first_lane(finite_or_nan(broadcast(factors.alpha)));
  }
  if (logits) {
    transposed ? write_gradient<true, true>(row, factors) : write_gradient<true, false>(row, factors);
  } else {
    transposed ? write_gradient<false, true>(row, factors) : write_gradient<false, false>(row, factors);
  }
}

static inline int block_count(const Task& task) { return (task.problem->classes + kBlock - 1) / kBlock; }

static inline size_t scratch_bytes(const Task& task) {
  const size_t arrays = 3 + (keeps_low_parts(task) ? 2 : 0) + (task.of_classes() ? 0 : 2);
  return (arrays * kBlock * sizeof(float) + sizeof(double)) * static_cast<size_t>(block_count(task)) + 64;
}

// The next row is started between a row's last two steps. Each step ends in a chain of slow operations (sums across lanes,
// divisions, a logarithm), during which the processor can then work on the other row.
static void run_rows(const Task& task, int64_t begin, int64_t end, char* scratch, Sums& sums) {
  const RowOptions options(task);
  const int64_t array = static_cast<int64_t>(block_count(task)) * kBlock;
  float* next = reinterpret_cast<float*>(scratch);
  auto take = [&] {
    float* taken = next;
    next += array;
    return taken;
  };
  float* local = take();
  RowInProgress rows[2] = {};
  for (RowInProgress& progress : rows) {
    Row& row = progress.row;
    row.classes = task.problem->classes;
    row.blocks = block_count(task);
    row.squared = task.problem->power == 2;
    row.local = local;
    row.e = take();
    progress.e_low = keeps_low_parts(task) ? take() : nullptr;
    progress.usual = task.of_classes() ? nullptr : take();
  }
  for (RowInProgress& progress : rows) progress.row.base = reinterpret_cast<double*>(next);

  start_row(task, task.row_at(begin), rows[0]);
  for (int64_t index = begin; index < end; index++) {
    RowInProgress& progress = rows[(index - begin) % 2];
    const bool sound = !progress.silent && !progress.row.broken && !progress.bad_label;
    if (sound) measure(progress.row, task);
    if (index + 1 < end) start_row(task, task.row_at(index + 1), rows[(index + 1 - begin) % 2]);
    finish_row(task, options, progress, sums);
  }
}

}  // namespace long_row
}  // namespace SEMD_ISA
