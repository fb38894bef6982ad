#include "call.h"

#include <cmath>
#include <limits>

#include "../../core/validity.h"

namespace semd::napi {
namespace {

template <typename Integer>
bool ToInteger(double value, double low, double high, Integer* out) {
  if (!(value >= low && value <= high) || value != std::floor(value)) return false;
  *out = static_cast<Integer>(value);
  return true;
}

}  // namespace

bool TargetKind(napi_typedarray_type type, int32_t* kind) {
  switch (type) {
    case napi_int32_array:
      *kind = SEMD_LABELS_INT32;
      return true;
    case napi_int8_array:
      *kind = SEMD_LABELS_INT8;
      return true;
    case napi_int16_array:
      *kind = SEMD_LABELS_INT16;
      return true;
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      *kind = SEMD_LABELS_UINT8;
      return true;
    case napi_uint16_array:
      *kind = SEMD_LABELS_UINT16;
      return true;
    case napi_uint32_array:
      *kind = SEMD_LABELS_UINT32;
      return true;
    case napi_bigint64_array:
      *kind = SEMD_LABELS_INT64;
      return true;
    case napi_float32_array:
      *kind = SEMD_DISTRIBUTION_FLOAT32;
      return true;
    default:
      return false;
  }
}

double* NumbersOf(napi_env env, napi_value value) {
  View slots;
  if (!View::Read(env, value, &slots) || slots.type != napi_float64_array || slots.length != kNumberSlots) {
    napi_throw_type_error(env, nullptr, "evaluate: expected the numbers of a call");
    return nullptr;
  }
  return static_cast<double*>(slots.data);
}

bool Refuse(double* numbers, CallStatus status, Argument which, Argument other) {
  numbers[kStatus] = status;
  numbers[kWhich] = which;
  numbers[kOther] = other;
  return false;
}

bool ReadOptions(const double* in, semd_problem* problem) {
  *problem = semd_problem{};
  const auto small = [](double value, int32_t* out) { return ToInteger(value, 0, std::numeric_limits<int32_t>::max(), out); };
  if (!small(in[kClasses], &problem->classes) || !ToInteger(in[kInner], 1, kMaxSafeInteger, &problem->inner) ||
      !small(in[kPower], &problem->power) || !small(in[kInput], &problem->input) ||
      !small(in[kNormalization], &problem->normalization) || !small(in[kReduction], &problem->reduction) ||
      !ToInteger(in[kHasIgnoreIndex], 0, 1, &problem->has_ignore_index) ||
      !ToInteger(in[kIgnoreIndex], -kMaxSafeInteger, kMaxSafeInteger, &problem->ignore_index) ||
      !ToInteger(in[kThreads], 0, kMostThreads, &problem->threads)) {
    return false;
  }
  problem->cross_entropy_weight = in[kCrossEntropyWeight];
  problem->emd_weight = in[kEmdWeight];
  problem->upstream = in[kUpstreamScalar];
  return has_valid_options(*problem);
}

bool ReadRows(size_t length, semd_problem* problem, size_t* rows) {
  // Everything follows from the length of the predictions, which is real memory: no product can overflow.
  const int64_t elements = static_cast<int64_t>(length);
  const int64_t columns = elements / problem->classes;
  if (columns * problem->classes != elements || columns % problem->inner != 0) return false;
  problem->outer = columns / problem->inner;
  *rows = static_cast<size_t>(columns);
  return true;
}

bool Call::Read(napi_env env, const napi_value* arguments, const Environment& environment) {
  numbers = NumbersOf(env, arguments[kNumbers]);
  if (!numbers) return false;

  box_ = FindHandle<GroundBox>(env, arguments[kGround], environment);
  if (!box_ || !box_->ground) return Refuse(kBadArgument, kGround);
  ground = box_->ground.get();

  for (int i = kPredictions; i < kNumbers; ++i) {
    const Argument which = static_cast<Argument>(i);
    present[i] = View::Read(env, arguments[i], &views[i]);
    if (present[i]) {
      if (which != kTargets && views[i].type != napi_float32_array) return Refuse(kBadArgument, which);
      continue;
    }
    napi_valuetype type = napi_undefined;
    napi_typeof(env, arguments[i], &type);
    if (type != napi_null || which == kPredictions || which == kTargets) return Refuse(kBadArgument, which);
  }
  if (!ReadOptions(numbers, &problem)) return Refuse(kBadArgument, kNumbers);
  return ReadShapes() && CheckOverlap();
}

bool Call::ReadShapes() {
  if (ground->classes != problem.classes) return Refuse(kBadArgument, kGround);
  problem.ground = ground->prepared;

  const View& predictions = views[kPredictions];
  size_t rows = 0;
  if (!ReadRows(predictions.length, &problem, &rows)) return Refuse(kBadArgument, kPredictions);
  problem.predictions = static_cast<const float*>(predictions.data);

  const View& targets = views[kTargets];
  if (!TargetKind(targets.type, &problem.target_kind)) return Refuse(kBadArgument, kTargets);
  const bool distribution = is_distribution(problem.target_kind);
  if (targets.length != (distribution ? predictions.length : rows)) return Refuse(kBadArgument, kTargets);
  if (distribution && problem.has_ignore_index) return Refuse(kBadArgument, kNumbers);
  problem.targets = targets.data;

  const auto floats = [this](Argument which, size_t expected, auto* out) {
    if (!present[which]) return true;
    if (views[which].length != expected) return Refuse(kBadArgument, which);
    *out = static_cast<float*>(views[which].data);
    return true;
  };
  if (present[kUpstream] && problem.reduction != SEMD_REDUCE_NONE) return Refuse(kBadArgument, kUpstream);
  return floats(kGradient, predictions.length, &problem.gradient) && floats(kLosses, rows, &problem.losses) &&
         floats(kClassWeights, static_cast<size_t>(problem.classes), &problem.class_weights) &&
         floats(kSampleWeights, rows, &problem.sample_weights) && floats(kUpstream, rows, &problem.upstream_rows);
}

bool Call::CheckOverlap() {
  const auto overlap = [](const View& a, const View& b) { return Overlap(a.data, a.Bytes(), b.data, b.Bytes()); };
  for (const Argument output : {kGradient, kLosses}) {
    if (!present[output]) continue;
    for (int i = kPredictions; i < kNumbers; ++i) {
      const Argument other = static_cast<Argument>(i);
      if (other == output || !present[other] || !overlap(views[output], views[other])) continue;
      // In place: they have the same length already.
      if (output == kGradient && other == kPredictions && views[other].data == views[output].data) continue;
      return Refuse(kOverlap, output, other);
    }
  }
  return true;
}

semd_status Solve(const semd_problem& problem, semd_result* result) {
  try {
    return semd_cpu_backend()->loss(&problem, result);
  } catch (...) {
    return SEMD_OUT_OF_MEMORY;
  }
}

void WriteResult(double* numbers, semd_status status, const semd_result& result) {
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

}  // namespace semd::napi
