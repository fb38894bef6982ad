#include "call.h"

#include <cmath>
#include <limits>

#include "../../core/validity.h"

namespace semd::napi {
namespace {

constexpr size_t kLossOutLength = 4;  // loss, cross entropy, emd, rows

template <typename Integer>
bool ToInteger(double value, double low, double high, Integer* out) {
  if (!(value >= low && value <= high) || value != std::floor(value)) return false;
  *out = static_cast<Integer>(value);
  return true;
}

// Works out `outer`, and from it the number of rows; false if `length` predictions are no whole number of them.
bool ReadRows(size_t length, semd_problem* problem, size_t* rows) {
  // Everything follows from the length of the predictions, which is real memory: no product can overflow.
  const int64_t elements = static_cast<int64_t>(length);
  const int64_t columns = elements / problem->classes;
  if (columns * problem->classes != elements || columns % problem->inner != 0) return false;
  problem->outer = columns / problem->inner;
  *rows = static_cast<size_t>(columns);
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

bool ReadShapes(double* numbers, const Ground& ground, const Lengths& lengths, semd_problem* problem) {
  const auto refuse = [numbers](Argument which) { return Refuse(numbers, kBadArgument, which); };
  if (ground.classes != problem->classes) return refuse(kGround);
  problem->ground = ground.prepared;

  const size_t elements = *lengths[kPredictions];
  size_t rows = 0;
  if (!ReadRows(elements, problem, &rows)) return refuse(kPredictions);
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
  return ReadArrays() && CheckOverlap();
}

bool Call::ReadArrays() {
  if (!TargetKind(views[kTargets].type, &problem.target_kind)) return Refuse(kBadArgument, kTargets);
  Lengths lengths;
  for (int i = kPredictions; i < kNumbers; ++i) {
    if (present[i]) lengths[i] = views[i].length;
  }
  if (!ReadShapes(numbers, *ground, lengths, &problem)) return false;

  const auto floats = [this](Argument which) { return static_cast<float*>(views[which].data); };
  problem.predictions = floats(kPredictions);
  problem.targets = views[kTargets].data;
  problem.gradient = floats(kGradient);
  problem.losses = floats(kLosses);
  problem.class_weights = floats(kClassWeights);
  problem.sample_weights = floats(kSampleWeights);
  problem.upstream_rows = floats(kUpstream);
  return true;
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
