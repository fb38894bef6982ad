#include "transfers.h"

#include <cstring>

#include "../../core/validity.h"
#include "../core/arguments.h"
#include "../core/background.h"
#include "device_array.h"
#include "device_block.h"
#include "../core/errors.h"
#include "event.h"
#include "pinned_pool.h"
#include "../core/reference.h"
#include "stream_handles.h"

namespace semd::napi {
namespace {

// The arguments of a copy.
struct Transfer {
  Transfer(const Napi::CallbackInfo& info, Environment& environment)
      : array(ArrayAt(info, 0, environment)),
        host(ViewAt(info, 1)),
        stream(StreamAt(info, 2, environment, array.allocation()->device())),
        cuda(stream->cuda()) {
    RefuseCaptured(info.Env(), environment, *stream, "copying from or to the host");
  }

  bool converts() const { return host.type == napi_float32_array && array.dtype != SEMD_DTYPE_FLOAT32; }

  const ArrayBox& array;
  const View host;
  const StreamPtr stream;
  const semd_cuda_table& cuda;
};

void RequireSize(const Napi::CallbackInfo& info, const Transfer& transfer, bool upload) {
  const ArrayBox& array = transfer.array;
  const bool fits = upload && transfer.converts()
                        ? is_float_type(array.dtype) && transfer.host.length == array.length
                        : transfer.host.Bytes() == array.bytes();
  if (!fits) Refuse(info, 1, "an array of the same size");
}

// Enqueues the copy from `memory`, which has the same contents as `host`.
semd_status EnqueueUpload(const Transfer& transfer, const void* memory) {
  const auto& [array, host, stream, cuda] = transfer;
  semd_status status = array.allocation()->Use(stream);
  if (status != SEMD_OK || array.length == 0) return status;
  if (!transfer.converts()) {
    status = cuda.copy(stream->device(), stream->raw(), array.memory(), memory, host.Bytes(), SEMD_HOST_TO_DEVICE);
  } else {
    DeviceBlock block(cuda, stream->device(), stream->raw());
    status = block.Allocate(host.Bytes());
    if (status != SEMD_OK) return status;
    auto* wide = static_cast<float*>(block.Take(host.Bytes()));
    status = cuda.copy(stream->device(), stream->raw(), wide, memory, host.Bytes(), SEMD_HOST_TO_DEVICE);
    if (status == SEMD_OK) {
      status = cuda.convert(stream->device(), stream->raw(), array.memory(), array.dtype, wide, array.length);
    }
  }
  return status != SEMD_OK ? status : stream->Enqueued();
}

semd_status EnqueueDownload(const Transfer& transfer, void* memory) {
  const auto& [array, host, stream, cuda] = transfer;
  semd_status status = array.allocation()->Use(stream);
  if (status != SEMD_OK || array.length == 0) return status;
  status = cuda.copy(stream->device(), stream->raw(), memory, array.memory(), host.Bytes(), SEMD_DEVICE_TO_HOST);
  return status != SEMD_OK ? status : stream->Enqueued();
}

// An asynchronous copy in flight.
class Flight : public Background {
 public:
  Flight(EnvironmentPtr environment, const Transfer& transfer)
      : Background(std::move(environment)), event_(transfer.cuda), pinned_(transfer.cuda) {}

  semd_status Upload(const Transfer& transfer) {
    const semd_status status = pinned_.Allocate(transfer.host.Bytes());
    if (status != SEMD_OK) return status;
    if (transfer.host.length > 0) std::memcpy(pinned_.memory(), transfer.host.data, transfer.host.Bytes());
    return Depart(transfer, EnqueueUpload(transfer, pinned_.memory()));
  }

  semd_status Download(const Transfer& transfer, napi_env env, napi_value host) {
    bytes_ = transfer.host.Bytes();
    if (!host_.Set(env, host)) return SEMD_OUT_OF_MEMORY;
    const semd_status status = pinned_.Allocate(bytes_);
    return status != SEMD_OK ? status : Depart(transfer, EnqueueDownload(transfer, pinned_.memory()));
  }

  void Execute() override { outcome_ = OutcomeOf(event_.cuda(), event_.Synchronize()); }

  napi_value Deliver(napi_env env) override {
    if (outcome_.Failed()) return MakeError(env, this->environment(), "copying an array", outcome_);
    if (!host_.IsSet()) return nullptr;
    View view;
    const napi_value host = host_.Value();
    if (!host || !View::Read(env, host, &view) || view.Bytes() != bytes_) return MakeGoneError(env, "host");
    if (bytes_ > 0) std::memcpy(view.data, pinned_.memory(), bytes_);
    return nullptr;
  }

 private:
  // Marks the page-locked memory busy in any case, as the flight may end early, or what follows the copy may have failed.
  semd_status Depart(const Transfer& transfer, semd_status enqueued) {
    const Stream& stream = *transfer.stream;
    const semd_status kept = pinned_.KeepBusy(stream.device(), stream.raw());
    if (enqueued != SEMD_OK) return enqueued;
    return kept != SEMD_OK ? kept : event_.Record(stream);
  }

  Event event_;
  PinnedBlock pinned_;
  Reference host_;
  size_t bytes_ = 0;
  Outcome outcome_{SEMD_INVALID_PROBLEM, ""};  // until it has run
};

}  // namespace

Napi::Value Upload(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const Transfer transfer(info, *environment);
  RequireSize(info, transfer, true);
  const Stream& stream = *transfer.stream;
  Check(env, *environment, transfer.cuda, "copying to the GPU", EnqueueUpload(transfer, transfer.host.data));
  Check(env, *environment, transfer.cuda, "copying to the GPU",
        transfer.cuda.stream_synchronize(stream.device(), stream.raw()));
  return env.Undefined();
}

Napi::Value UploadAsync(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Transfer transfer(info, *environment);
  RequireSize(info, transfer, true);
  auto flight = std::make_unique<Flight>(environment, transfer);
  Check(info.Env(), *environment, transfer.cuda, "copying to the GPU", flight->Upload(transfer));
  return Background::StartOrThrow(info.Env(), std::move(flight));
}

Napi::Value Download(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const Transfer transfer(info, *environment);
  RequireSize(info, transfer, false);
  const Stream& stream = *transfer.stream;
  Check(env, *environment, transfer.cuda, "copying from the GPU", EnqueueDownload(transfer, transfer.host.data));
  Check(env, *environment, transfer.cuda, "copying from the GPU",
        transfer.cuda.stream_synchronize(stream.device(), stream.raw()));
  return env.Undefined();
}

Napi::Value DownloadAsync(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Transfer transfer(info, *environment);
  RequireSize(info, transfer, false);
  auto flight = std::make_unique<Flight>(environment, transfer);
  Check(info.Env(), *environment, transfer.cuda, "copying from the GPU",
        flight->Download(transfer, info.Env(), info[1]));
  return Background::StartOrThrow(info.Env(), std::move(flight));
}

}  // namespace semd::napi
