#include "call.h"

#include "../../core/validity.h"

namespace semd::napi {

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
  if (!read_options(numbers, &problem)) return Refuse(kBadArgument, kNumbers);
  return ReadArrays() && CheckOverlap();
}

bool Call::ReadArrays() {
  if (!TargetKind(views[kTargets].type, &problem.target_kind)) return Refuse(kBadArgument, kTargets);
  Lengths lengths;
  for (int i = kPredictions; i < kNumbers; ++i) {
    if (present[i]) lengths[i] = views[i].length;
  }
  if (!read_shapes(numbers, ground->classes, lengths, &problem)) return false;
  problem.ground = ground->prepared;

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
      // In place is allowed; their lengths have been found equal.
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

}  // namespace semd::napi
