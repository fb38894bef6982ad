#include "call.h"

#include <cmath>
#include <cstdint>
#include <limits>

namespace semd::napi {
namespace {

// Int8Array's type stands for none: no argument may be one.
constexpr napi_typedarray_type kNoType = napi_int8_array;
constexpr double kMaxSafeInteger = 9007199254740991.0;

template <typename Integer>
bool ToInteger(double value, double low, double high, Integer* out) {
  if (!(value >= low && value <= high) || value != std::floor(value)) return false;
  *out = static_cast<Integer>(value);
  return true;
}

// Labels are told apart by type alone.
bool TargetKind(napi_typedarray_type type, int32_t* kind) {
  switch (type) {
    case napi_int32_array:
      *kind = SEMD_LABELS_INT32;
      return true;
    case napi_uint8_array:
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

}  // namespace

bool View::Read(napi_env env, napi_value value, View* view) {
  // Types that Node-API does not know leave `type` as it was.
  *view = View{kNoType, 0, nullptr};
  return napi_get_typedarray_info(env, value, &view->type, &view->length, &view->data, nullptr, nullptr) == napi_ok;
}

size_t View::ElementSize() const {
  switch (type) {
    case napi_uint8_array:
      return 1;
    case napi_uint16_array:
      return 2;
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array:
      return 4;
    case napi_float64_array:
    case napi_bigint64_array:
      return 8;
    default:
      return 0;
  }
}

bool View::Overlaps(const View& other) const {
  const auto begin = reinterpret_cast<uintptr_t>(data);
  const auto other_begin = reinterpret_cast<uintptr_t>(other.data);
  return length != 0 && other.length != 0 && begin < other_begin + other.Bytes() && other_begin < begin + Bytes();
}

bool Call::Refuse(CallStatus status, Argument which, Argument other) {
  numbers[kStatus] = status;
  numbers[kWhich] = which;
  numbers[kOther] = other;
  return false;
}

bool Call::Read(napi_env env, const napi_value* arguments, const Environment& environment) {
  View& slots = views[kNumbers];
  if (!View::Read(env, arguments[kNumbers], &slots) || slots.type != napi_float64_array ||
      slots.length != kNumberSlots) {
    napi_throw_type_error(env, nullptr, "evaluate: expected the numbers of a call");
    return false;
  }
  numbers = static_cast<double*>(slots.data);

  ground = FindGround(env, arguments[kGround], environment);
  if (!ground) return Refuse(kBadArgument, kGround);

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
  return ReadNumbers() && ReadShapes() && CheckOverlap();
}

bool Call::ReadNumbers() {
  problem = semd_problem{};
  const double* in = numbers;
  if (!ToInteger(in[kClasses], 2, 1 << 24, &problem.classes) ||
      !ToInteger(in[kInner], 1, kMaxSafeInteger, &problem.inner) || !ToInteger(in[kPower], 1, 2, &problem.power) ||
      !ToInteger(in[kInput], SEMD_LOGITS, SEMD_PROBABILITIES, &problem.input) ||
      !ToInteger(in[kNormalization], SEMD_SUM, SEMD_NIMA, &problem.normalization) ||
      !ToInteger(in[kReduction], SEMD_REDUCE_MEAN, SEMD_REDUCE_NONE, &problem.reduction) ||
      !ToInteger(in[kHasIgnoreIndex], 0, 1, &problem.has_ignore_index) ||
      !ToInteger(in[kIgnoreIndex], -kMaxSafeInteger, kMaxSafeInteger, &problem.ignore_index) ||
      !ToInteger(in[kThreads], 0, 1024, &problem.threads)) {
    return Refuse(kBadArgument, kNumbers);
  }
  problem.cross_entropy_weight = in[kCrossEntropyWeight];
  problem.emd_weight = in[kEmdWeight];
  const double largest = std::numeric_limits<double>::max();
  if (!(problem.cross_entropy_weight >= 0 && problem.cross_entropy_weight <= largest) ||
      !(problem.emd_weight >= 0 && problem.emd_weight <= largest)) {
    return Refuse(kBadArgument, kNumbers);
  }
  problem.upstream = in[kUpstreamScalar];
  return true;
}

bool Call::ReadShapes() {
  if (ground->ground->classes != problem.classes) return Refuse(kBadArgument, kGround);
  problem.ground = ground->ground->prepared;

  // Everything follows from the length of the predictions, which is real memory: no product can overflow.
  const View& predictions = views[kPredictions];
  const int64_t length = static_cast<int64_t>(predictions.length);
  const int64_t columns = length / problem.classes;
  if (columns * problem.classes != length || columns % problem.inner != 0) return Refuse(kBadArgument, kPredictions);
  problem.outer = columns / problem.inner;
  const size_t rows = static_cast<size_t>(columns);
  problem.predictions = static_cast<const float*>(predictions.data);

  const View& targets = views[kTargets];
  if (!TargetKind(targets.type, &problem.target_kind)) return Refuse(kBadArgument, kTargets);
  const bool distribution = problem.target_kind == SEMD_DISTRIBUTION_FLOAT32;
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
  for (const Argument output : {kGradient, kLosses}) {
    if (!present[output]) continue;
    for (int i = kPredictions; i < kNumbers; ++i) {
      const Argument other = static_cast<Argument>(i);
      if (other == output || !present[other] || !views[output].Overlaps(views[other])) continue;
      // In place: they have the same length already.
      if (output == kGradient && other == kPredictions && views[other].data == views[output].data) continue;
      return Refuse(kOverlap, output, other);
    }
  }
  return true;
}

semd_status Solve(const Ground& ground, const semd_problem& problem, semd_result* result) {
  try {
    return ground.backend->loss(&problem, result);
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
  numbers[kIndex] = static_cast<double>(result.index);
  numbers[kValue] = result.value;
}

}  // namespace semd::napi
