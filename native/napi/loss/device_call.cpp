#include "device_call.h"

#include <algorithm>
#include <new>
#include <utility>

#include "../../core/validity.h"
#include "../gpu/capture.h"
#include "../gpu/device_block.h"
#include "../gpu/pinned_pool.h"
#include "../gpu/stream_handles.h"
#include "host_inputs.h"

namespace semd::napi {
namespace {

// The arguments that are arrays, in the order of the arguments.
constexpr Argument kArrays[] = {kPredictions,  kTargets,       kGradient, kLosses,
                                kClassWeights, kSampleWeights, kUpstream, kLossOut};
constexpr Argument kMayBeOnHost[] = {kTargets, kClassWeights, kSampleWeights, kUpstream};

bool MayBeOnHost(Argument which) {
  return std::find(std::begin(kMayBeOnHost), std::end(kMayBeOnHost), which) != std::end(kMayBeOnHost);
}

}  // namespace

bool DeviceCall::ReadOperand(napi_env env, napi_value value, const Environment& environment, Argument which) {
  Operand& operand = operands_[which];
  if (const auto* box = FindHandle<ArrayBox>(env, value, environment)) {
    if (box->disposed()) return Refuse(kBadArgument, which);
    operand.allocation = box->allocation();
    operand.dtype = box->dtype;
    operand.memory = box->memory();
    operand.length = box->length;
    operand.bytes = box->bytes();
  } else if (MayBeOnHost(which) && View::Read(env, value, &operand.view)) {
    if (which != kTargets && operand.view.type != napi_float32_array) return Refuse(kBadArgument, which);
    operand.length = operand.view.length;
    operand.bytes = operand.view.Bytes();
  } else {
    napi_valuetype type = napi_undefined;
    napi_typeof(env, value, &type);
    const bool optional = which != kPredictions && which != kTargets;
    return (type == napi_null && optional) || Refuse(kBadArgument, which);
  }
  operand.present = true;
  return true;
}

bool DeviceCall::Read(napi_env env, const napi_value* arguments, Environment& environment) {
  numbers_ = NumbersOf(env, arguments[kNumbers]);
  if (!numbers_) return false;
  const auto* box = FindHandle<GroundBox>(env, arguments[kGround], environment);
  if (!box || !box->ground || box->ground->device == Ground::kCpu) return Refuse(kBadArgument, kGround);
  ground_ = box->ground;
  if (!FindStream(env, arguments[kStream], environment, ground_->device, &stream_)) {
    return Refuse(kBadArgument, kStream);
  }
  for (const Argument which : kArrays) {
    if (!ReadOperand(env, arguments[which], environment, which)) return false;
    const Operand& operand = operands_[which];
    if (!operand.present) continue;
    if (operand.on_device() ? operand.allocation->device() != ground_->device : stream_->captured()) {
      return Refuse(kBadArgument, which);
    }
  }
  if (stream_->captured() && reads_back()) return Refuse(kBadArgument, kLossOut);
  if (!read_options(numbers_, &problem_)) return Refuse(kBadArgument, kNumbers);
  return ReadTypes() && ReadLengths() && CheckOverlap();
}

bool DeviceCall::ReadTypes() {
  const Operand& targets = operands_[kTargets];
  const bool has_kind = targets.on_device() ? TargetKind(targets.dtype, &problem_.target_kind)
                                            : TargetKind(targets.view.type, &problem_.target_kind);
  if (!has_kind) return Refuse(kBadArgument, kTargets);
  const semd_dtype of_predictions = operands_[kPredictions].dtype;
  if (!is_float_type(of_predictions)) return Refuse(kBadArgument, kPredictions);
  for (const Argument which : kArrays) {
    if (which == kPredictions || which == kTargets || !operands_[which].present) continue;
    const semd_dtype expected = which == kGradient ? of_predictions : SEMD_DTYPE_FLOAT32;
    if (operands_[which].dtype != expected) return Refuse(kBadArgument, which);
  }
  return true;
}

bool DeviceCall::ReadLengths() {
  Lengths lengths;
  for (const Argument which : kArrays) {
    if (operands_[which].present) lengths[which] = operands_[which].length;
  }
  if (!read_shapes(numbers_, ground_->classes, lengths, &problem_)) return false;
  problem_.ground = ground_->prepared;
  return true;
}

bool DeviceCall::CheckOverlap() {
  for (const Argument output : {kGradient, kLosses, kLossOut}) {
    const Operand& written = operands_[output];
    for (const Argument other : kArrays) {
      const Operand& operand = operands_[other];
      if (other == output || !operand.on_device()) continue;
      if (!Overlap(written.memory, written.bytes, operand.memory, operand.bytes)) continue;
      // In place is allowed; their lengths and types have been found equal.
      if (output == kGradient && other == kPredictions && written.memory == operand.memory) continue;
      return Refuse(kOverlap, output, other);
    }
  }
  return true;
}

semd_problem DeviceCall::InHostMemory() const {
  const auto floats = [this](Argument which) { return static_cast<const float*>(operands_[which].view.data); };
  semd_problem problem = problem_;
  problem.targets = operands_[kTargets].view.data;
  problem.class_weights = floats(kClassWeights);
  problem.sample_weights = floats(kSampleWeights);
  problem.upstream_rows = floats(kUpstream);
  return problem;
}

// As on the CPU, except for what only the device can know: it checks the labels itself if the sample weights, which may exempt
// rows from the check, are on the device, or if nobody reads a status back.
semd_status DeviceCall::CheckHostArrays(semd_result* result) const {
  semd_problem problem = InHostMemory();
  if (!reads_back() || operands_[kSampleWeights].on_device()) problem.targets = nullptr;
  return semd_cpu_check(&problem, result);
}

semd_cuda_problem DeviceCall::OnDevice() const {
  const auto floats = [this](Argument which) { return reinterpret_cast<float*>(operands_[which].memory); };
  semd_cuda_problem problem{};
  problem.problem = problem_;
  problem.problem.target_kind = device_target_kind(problem_.target_kind);
  problem.problem.predictions = floats(kPredictions);
  problem.problem.targets = operands_[kTargets].memory;
  problem.problem.class_weights = floats(kClassWeights);
  problem.problem.sample_weights = floats(kSampleWeights);
  problem.problem.upstream_rows = floats(kUpstream);
  problem.problem.gradient = floats(kGradient);
  problem.problem.losses = floats(kLosses);
  problem.device = stream_->device();
  problem.float_type = operands_[kPredictions].dtype;
  problem.stream = stream_->raw();
  problem.loss_out = floats(kLossOut);
  return problem;
}

semd_status DeviceCall::Submit(const semd_cuda_problem& problem, semd_cuda_pending** pending) {
  for (const Operand& operand : operands_) {
    if (!operand.on_device()) continue;
    const semd_status status = operand.allocation->Use(stream_);
    if (status != SEMD_OK) return status;
  }
  if (stream_->captured()) stream_->capture->grounds.insert(ground_);
  return cuda().loss_enqueue(&problem, reads_back() ? pending : nullptr);
}

Outcome DeviceCall::Enqueue(semd_cuda_pending** pending, semd_result* result) {
  *pending = nullptr;
  try {
    semd_status status = CheckHostArrays(result);
    if (status != SEMD_OK) return Outcome{status, ""};
    DeviceBlock block(cuda(), stream_->device(), stream_->raw());
    PinnedBlock pinned(cuda());
    semd_cuda_problem problem = OnDevice();
    status = UploadInputs(InHostMemory(), 0, block, &pinned, &problem.problem);
    if (status == SEMD_OK) status = pinned.KeepBusy(stream_->device(), stream_->raw());
    if (status == SEMD_OK) status = Submit(problem, pending);
    if (status != SEMD_OK) return OutcomeOf(cuda(), status);
    const Outcome outcome = OutcomeOf(cuda(), stream_->Enqueued());
    semd_result unused{};
    if (outcome.Failed() && *pending) cuda().loss_wait(std::exchange(*pending, nullptr), &unused);
    return outcome;
  } catch (const std::bad_alloc&) {
    return Outcome{SEMD_OUT_OF_MEMORY, ""};
  }
}

}  // namespace semd::napi
