#include "call_numbers.h"

#include <cmath>
#include <limits>

#include "validity.h"

namespace semd {
namespace {

constexpr size_t kLossOutLength = 4;  // loss, cross entropy, emd, rows

template <typename Integer>
bool to_integer(double value, double low, double high, Integer* out) {
  if (!(value >= low && value <= high) || value != std::floor(value)) return false;
  *out = static_cast<Integer>(value);
  return true;
}

// Computes `outer` and the number of rows; false if `length` predictions are not a whole number of rows.
bool read_rows(size_t length, semd_problem* problem, size_t* rows) {
  // The predictions exist in memory, so no product of sizes derived from their length can overflow.
  const int64_t elements = static_cast<int64_t>(length);
  const int64_t columns = elements / problem->classes;
  if (columns * problem->classes != elements || columns % problem->inner != 0) return false;
  problem->outer = columns / problem->inner;
  *rows = static_cast<size_t>(columns);
  return true;
}

}  // namespace

bool refuse_call(double* numbers, CallStatus status, Argument which, Argument other) {
  numbers[kStatus] = status;
  numbers[kWhich] = which;
  numbers[kOther] = other;
  return false;
}

bool read_options(const double* in, semd_problem* problem) {
  *problem = semd_problem{};
  const auto small = [](double value, int32_t* out) { return to_integer(value, 0, std::numeric_limits<int32_t>::max(), out); };
  if (!small(in[kClasses], &problem->classes) || !to_integer(in[kInner], 1, kMaxSafeInteger, &problem->inner) ||
      !small(in[kPower], &problem->power) || !small(in[kInput], &problem->input) ||
      !small(in[kNormalization], &problem->normalization) || !small(in[kReduction], &problem->reduction) ||
      !to_integer(in[kHasIgnoreIndex], 0, 1, &problem->has_ignore_index) ||
      !to_integer(in[kIgnoreIndex], -kMaxSafeInteger, kMaxSafeInteger, &problem->ignore_index) ||
      !to_integer(in[kThreads], 0, kMostThreads, &problem->threads)) {
    return false;
  }
  problem->cross_entropy_weight = in[kCrossEntropyWeight];
  problem->emd_weight = in[kEmdWeight];
  problem->upstream = in[kUpstreamScalar];
  return has_valid_options(*problem);
}

bool read_shapes(double* numbers, int32_t ground_classes, const Lengths& lengths, semd_problem* problem) {
  const auto refuse = [numbers](Argument which) { return refuse_call(numbers, kBadArgument, which); };
  if (ground_classes != problem->classes) return refuse(kGround);
  const size_t elements = *lengths[kPredictions];
  size_t rows = 0;
  if (!read_rows(elements, problem, &rows)) return refuse(kPredictions);
  const bool distribution = is_distribution(problem->target_kind);
  if (lengths[kTargets] != (distribution ? elements : rows)) return refuse(kTargets);
  if (distribution && problem->has_ignore_index) return refuse(kNumbers);
  if (lengths[kUpstream] && problem->reduction != SEMD_REDUCE_NONE) return refuse(kUpstream);

  const auto fits = [&](Argument which, size_t expected) {
    return !lengths[which] || lengths[which] == expected || refuse(which);
  };
  return fits(kGradient, elements) && fits(kLosses, rows) && fits(kClassWeights, static_cast<size_t>(problem->classes)) &&
         fits(kSampleWeights, rows) && fits(kUpstream, rows) && fits(kLossOut, kLossOutLength);
}

void write_result(double* numbers, semd_status status, const semd_result& result) {
  numbers[kStatus] = status;
  numbers[kLoss] = result.loss;
  numbers[kCrossEntropy] = result.cross_entropy;
  numbers[kEmd] = result.emd;
  numbers[kRows] = result.rows;
  numbers[kNonFinite] = result.non_finite;
  numbers[kFirstNonFinite] = result.first_non_finite;
  numbers[kIndex] = static_cast<double>(result.index);
  numbers[kValue] = result.value;
}

}  // namespace semd
