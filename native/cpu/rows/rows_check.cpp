#include "rows_check.h"

#include <cmath>
#include <limits>
#include <type_traits>

#include "../kernels.h"

namespace semd {
namespace {

bool is_weight(float w) { return w >= 0 && std::isfinite(w); }

semd_status check_weights(const float* weights, int64_t count, semd_status status, semd_result& result) {
  for (int64_t i = 0; weights && i < count; i++) {
    if (is_weight(weights[i])) continue;
    result.index = i;
    result.value = weights[i];
    return status;
  }
  return SEMD_OK;
}

template <class Label>
semd_status check_labels(const semd_problem& problem, const Label* labels, int64_t rows, semd_result& result, double& total) {
  const bool ignores = problem.has_ignore_index;
  const auto classes = static_cast<uint64_t>(problem.classes);
  // The usual case first, in a form that compilers vectorize.
  if (!ignores && !problem.sample_weights && !problem.class_weights) {
    using Unsigned = std::make_unsigned_t<Label>;
    const auto most = static_cast<uint64_t>(std::numeric_limits<Label>::max());
    const bool narrow = classes > most;  // no label of this type is too large, but signed ones may be negative
    const auto limit = static_cast<Unsigned>(narrow ? most + 1 : classes);
    Unsigned invalid = 0;
    if (!narrow || std::is_signed_v<Label>) {
      for (int64_t row = 0; row < rows; row++) invalid |= static_cast<Unsigned>(labels[row]) >= limit;
    }
    total = static_cast<double>(rows);
    if (!invalid) return SEMD_OK;
  }
  total = 0;
  for (int64_t row = 0; row < rows; row++) {
    const auto label = static_cast<int64_t>(labels[row]);
    if (ignores && label == problem.ignore_index) continue;
    const double weight = problem.sample_weights ? problem.sample_weights[row] : 1;
    if (weight == 0) continue;  // the row does not count, whatever else it holds
    if (static_cast<uint64_t>(label) >= classes) {
      result.index = row;
      result.value = static_cast<double>(labels[row]);
      return SEMD_INVALID_LABEL;
    }
    total += weight * (problem.class_weights ? problem.class_weights[label] : 1);
  }
  return SEMD_OK;
}

// The mean class weight under a row's target, sum t_k classWeight_k / sum t_k; 1 where the row is not a distribution.
double mean_class_weight(const semd_problem& problem, int64_t row) {
  const int64_t inner = problem.inner, classes = problem.classes;
  const float* t = static_cast<const float*>(problem.targets) + row / inner * classes * inner + row % inner;
  double mass = 0, mean = 0;
  bool valid = true;
  for (int64_t k = 0; k < classes; k++) {
    const double value = t[k * inner];
    valid = valid && value >= 0;
    mass += value;
    mean += value * problem.class_weights[k];
  }
  return valid && mass > 0 && std::isfinite(mass) ? mean / mass : 1;
}

}  // namespace

semd_status check_rows(const semd_problem& problem, int64_t rows, semd_result& result, double& total) {
  semd_status status = check_weights(problem.class_weights, problem.classes, SEMD_INVALID_CLASS_WEIGHT, result);
  if (status == SEMD_OK) status = check_weights(problem.sample_weights, rows, SEMD_INVALID_SAMPLE_WEIGHT, result);
  if (status != SEMD_OK || !problem.targets) return status;
  with_labels(problem.target_kind, problem.targets,
              [&](const auto* labels) { status = check_labels(problem, labels, rows, result, total); });
  return status;
}

double sum_weights(const semd_problem& problem, int64_t rows) {
  double total = 0;
  semd_result unused;
  check_labels(problem, static_cast<const int32_t*>(problem.targets), rows, unused, total);
  return total;
}

double sum_weights(const semd_problem& problem, const int32_t* kinds, int64_t rows) {
  double total = 0;
  for (int64_t row = 0; row < rows; row++) {
    const int32_t kind = kinds[row];
    const double weight = problem.sample_weights ? problem.sample_weights[row] : 1;
    if (kind == kNoMass || weight == 0) continue;
    total += weight * (!problem.class_weights ? 1 : kind >= 0 ? problem.class_weights[kind] : mean_class_weight(problem, row));
  }
  return total;
}

}  // namespace semd
