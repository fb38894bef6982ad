#include "device_call.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "../../core/validity.h"
#include "../gpu/capture.h"
#include "../gpu/device_block.h"
#include "labels.h"
#include "../gpu/pinned_pool.h"
#include "../gpu/stream_handles.h"

namespace semd::napi {
namespace {

// In the order of the arguments, but for what is none of a call's arrays.
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
  if (!ReadOptions(numbers_, &problem_)) return Refuse(kBadArgument, kNumbers);
  return ReadTargetKind() && ReadShapes() && CheckOverlap();
}

bool DeviceCall::ReadTargetKind() {
  const Operand& targets = operands_[kTargets];
  if (!targets.on_device()) {
    return TargetKind(targets.view.type, &problem_.target_kind) || Refuse(kBadArgument, kTargets);
  }
  return TargetKind(targets.dtype, &problem_.target_kind) || Refuse(kBadArgument, kTargets);
}

bool DeviceCall::ReadShapes() {
  if (ground_->classes != problem_.classes) return Refuse(kBadArgument, kGround);
  problem_.ground = ground_->prepared;
  const Operand& predictions = operands_[kPredictions];
  if (!is_float_type(predictions.dtype) || !ReadRows(predictions.length, &problem_, &rows_)) {
    return Refuse(kBadArgument, kPredictions);
  }
  const bool distribution = is_distribution(problem_.target_kind);
  if (operands_[kTargets].length != (distribution ? predictions.length : rows_)) {
    return Refuse(kBadArgument, kTargets);
  }
  if (distribution && problem_.has_ignore_index) return Refuse(kBadArgument, kNumbers);
  if (operands_[kUpstream].present && problem_.reduction != SEMD_REDUCE_NONE) return Refuse(kBadArgument, kUpstream);

  const auto fits = [this](Argument which, semd_dtype dtype, size_t length) {
    const Operand& operand = operands_[which];
    return !operand.present || (operand.dtype == dtype && operand.length == length) || Refuse(kBadArgument, which);
  };
  return fits(kGradient, predictions.dtype, predictions.length) && fits(kLosses, SEMD_DTYPE_FLOAT32, rows_) &&
         fits(kClassWeights, SEMD_DTYPE_FLOAT32, static_cast<size_t>(problem_.classes)) &&
         fits(kSampleWeights, SEMD_DTYPE_FLOAT32, rows_) && fits(kUpstream, SEMD_DTYPE_FLOAT32, rows_) && fits(kLossOut, SEMD_DTYPE_FLOAT32, 4);
}

bool DeviceCall::CheckOverlap() {
  for (const Argument output : {kGradient, kLosses, kLossOut}) {
    const Operand& written = operands_[output];
    for (const Argument other : kArrays) {
      const Operand& operand = operands_[other];
      if (other == output || !operand.on_device()) continue;
      if (!Overlap(written.memory, written.bytes, operand.memory, operand.bytes)) continue;
      // In place: they have the same length and type already.
      if (output == kGradient && other == kPredictions && written.memory == operand.memory) continue;
      return Refuse(kOverlap, output, other);
    }
  }
  return true;
}

// As on the CPU, but for what only the device knows: labels are left to it where weights that may exempt rows from the
// check are there, and where nobody reads a status back.
semd_status DeviceCall::CheckHostArrays(semd_result* result) const {
  const auto host = [this](Argument which) {
    const Operand& operand = operands_[which];
    return operand.present && !operand.on_device() ? operand.view.data : nullptr;
  };
  semd_problem problem = problem_;
  problem.class_weights = static_cast<const float*>(host(kClassWeights));
  problem.sample_weights = static_cast<const float*>(host(kSampleWeights));
  const bool decides = reads_back() && !operands_[kSampleWeights].on_device();
  problem.targets = decides ? host(kTargets) : nullptr;
  return semd_cpu_check(&problem, result);
}

size_t DeviceCall::UploadBytes(Argument which) const {
  const Operand& operand = operands_[which];
  if (!operand.present || operand.on_device()) return 0;
  return operand.length * (which == kTargets ? DeviceElementBytes(problem_.target_kind) : sizeof(float));
}

// All in one copy.
semd_status DeviceCall::Upload(DeviceBlock& block, PinnedBlock& pinned) {
  size_t bytes = 0;
  for (const Argument which : kMayBeOnHost) bytes += DeviceBlock::Aligned(UploadBytes(which));
  if (bytes == 0) return SEMD_OK;
  semd_status status = pinned.Allocate(bytes);
  if (status == SEMD_OK) status = block.Allocate(bytes);
  if (status != SEMD_OK) return status;
  char* staged = pinned.memory();
  char* first = nullptr;
  for (const Argument which : kMayBeOnHost) {
    const size_t size = UploadBytes(which);
    if (size == 0) continue;
    Operand& operand = operands_[which];
    operand.memory = static_cast<char*>(block.Take(size));
    if (!first) first = operand.memory;
    CopyTargets(which == kTargets ? problem_.target_kind : static_cast<int32_t>(SEMD_DISTRIBUTION_FLOAT32),
                operand.view.data, operand.length, staged + (operand.memory - first));
  }
  status = cuda().copy(stream_->device(), stream_->raw(), first, staged, bytes, SEMD_HOST_TO_DEVICE);
  return status != SEMD_OK ? status : pinned.KeepBusy(stream_->device(), stream_->raw());
}

semd_status DeviceCall::Submit(semd_cuda_pending** pending) {
  for (const Operand& operand : operands_) {
    if (!operand.on_device()) continue;
    const semd_status status = operand.allocation->Use(stream_);
    if (status != SEMD_OK) return status;
  }
  if (stream_->captured()) stream_->capture->grounds.insert(ground_);

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
  return cuda().loss_enqueue(&problem, reads_back() ? pending : nullptr);
}

Outcome DeviceCall::Enqueue(semd_cuda_pending** pending, semd_result* result) {
  *pending = nullptr;
  try {
    semd_status status = CheckHostArrays(result);
    if (status != SEMD_OK) return Outcome{status, ""};
    DeviceBlock block(cuda(), stream_->device(), stream_->raw());
    PinnedBlock pinned(cuda());
    status = Upload(block, pinned);
    if (status == SEMD_OK) status = Submit(pending);
    if (status == SEMD_OK) status = stream_->Enqueued();
    return OutcomeOf(cuda(), status);
  } catch (const std::bad_alloc&) {
    return Outcome{SEMD_OUT_OF_MEMORY, ""};
  }
}

}  // namespace semd::napi
