#include "stream_handles.h"

#include "../core/arguments.h"
#include "../core/background.h"
#include "capture.h"
#include "cuda_library.h"
#include "../core/errors.h"
#include "event.h"

namespace semd::napi {
namespace {

// The handle of the legacy default stream. Other libraries also write it as 0, but null is the package's own stream here.
constexpr uint64_t kLegacyStream = 1;

struct EventBox : Handle {
  static constexpr Kind kKind = Kind::kEvent;

  explicit EventBox(EventPtr event) : Handle(kKind), event(std::move(event)) {}

  EventPtr event;  // null once it has been disposed of
};

[[noreturn]] void ThrowDisposed(const Napi::CallbackInfo& info, const Environment& environment, const char* what) {
  ThrowEmdError(info.Env(), environment, "DISPOSED", std::string(what) + ": has been disposed of");
}

StreamBox& StreamBoxAt(const Napi::CallbackInfo& info, size_t index, const Environment& environment) {
  auto* box = FindHandle<StreamBox>(info.Env(), info[index], environment);
  if (!box) Refuse(info, index, "a stream");
  return *box;
}

StreamPtr LiveStreamAt(const Napi::CallbackInfo& info, size_t index, const Environment& environment) {
  const StreamBox& box = StreamBoxAt(info, index, environment);
  if (!box.stream) ThrowDisposed(info, environment, "stream");
  return box.stream;
}

EventPtr EventAt(const Napi::CallbackInfo& info, size_t index, const Environment& environment) {
  const auto* box = FindHandle<EventBox>(info.Env(), info[index], environment);
  if (!box) Refuse(info, index, "an event");
  if (!box->event) ThrowDisposed(info, environment, "event");
  return box->event;
}

EventPtr Record(Napi::Env env, const Environment& environment, const Stream& stream) {
  auto event = std::make_shared<Event>(stream.cuda());
  Check(env, environment, stream.cuda(), "recording an event", event->Record(stream));
  return event;
}

class Waiting : public Background {
 public:
  Waiting(EnvironmentPtr environment, EventPtr event)
      : Background(std::move(environment)), event_(std::move(event)) {}

  void Execute() override { outcome_ = OutcomeOf(event_->cuda(), event_->Synchronize()); }
  napi_value Deliver(napi_env env) override {
    return outcome_.Failed() ? MakeError(env, this->environment(), "waiting for work", outcome_) : nullptr;
  }

 private:
  const EventPtr event_;
  Outcome outcome_;
};

Napi::Value Wait(Napi::Env env, const EnvironmentPtr& environment, EventPtr event) {
  return Background::StartOrThrow(env, std::make_unique<Waiting>(environment, std::move(event)));
}

}  // namespace

bool FindStream(napi_env env, napi_value value, Environment& environment, int32_t device, StreamPtr* out) {
  napi_valuetype type = napi_object;
  napi_typeof(env, value, &type);
  if (type == napi_null || type == napi_undefined) {
    *out = OwnStream(environment, *TheCudaLibrary().table, device);
    return true;
  }
  const auto* box = FindHandle<StreamBox>(env, value, environment);
  if (!box || !box->stream || box->stream->device() != device) return false;
  *out = box->stream;
  return true;
}

StreamPtr StreamAt(const Napi::CallbackInfo& info, size_t index, Environment& environment, int32_t device) {
  StreamPtr stream;
  if (!FindStream(info.Env(), info[index], environment, device, &stream)) Refuse(info, index, "a stream of the device");
  return stream;
}

void RefuseCaptured(Napi::Env env, const Environment& environment, const Stream& stream, const char* what) {
  if (!stream.captured()) return;
  ThrowEmdError(env, environment, "CAPTURING",
                std::string(what) + " is not possible on a stream whose work is being captured into a graph");
}

Napi::Value MakeStream(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const semd_cuda_table& cuda = Cuda(env, *environment);
  const int32_t device = Int32At(info, 0, 0, 1023);
  void* raw = nullptr;
  Check(env, *environment, cuda, "making a stream", cuda.stream_create(device, &raw));
  auto stream = std::make_shared<Stream>(cuda, device, Stream::Origin::kMade, raw);
  return MakeHandle(env, environment, std::make_unique<StreamBox>(std::move(stream)));
}

Napi::Value WrapStream(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const semd_cuda_table& cuda = Cuda(env, *environment);
  const int32_t device = Int32At(info, 0, 0, 1023);
  const uint64_t handle = BitsAt(info, 1);
  void* raw = reinterpret_cast<void*>(static_cast<uintptr_t>(handle == 0 ? kLegacyStream : handle));
  auto stream = std::make_shared<Stream>(cuda, device, Stream::Origin::kForeign, raw);
  return MakeHandle(env, environment, std::make_unique<StreamBox>(std::move(stream)));
}

Napi::Value DisposeStream(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  StreamBox& box = StreamBoxAt(info, 0, *environment);
  if (box.stream) RefuseCaptured(info.Env(), *environment, *box.stream, "dispose()");
  box.stream.reset();
  return info.Env().Undefined();
}

Napi::Value StreamHandle(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const StreamPtr stream = LiveStreamAt(info, 0, *environment);
  stream->HandOut();
  return Napi::BigInt::New(info.Env(), static_cast<uint64_t>(reinterpret_cast<uintptr_t>(stream->raw())));
}

Napi::Value RefuseForeignCapture(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const StreamPtr stream = LiveStreamAt(info, 0, *environment);
  bool captured = false;
  Check(env, *environment, stream->cuda(), "looking at a stream", stream->CapturedByOwner(&captured));
  if (captured) {
    ThrowEmdError(env, *environment, "CAPTURING",
                  "a stream cannot be used while somebody else captures its work into a graph");
  }
  return env.Undefined();
}

Napi::Value IsCaptured(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  return Napi::Boolean::New(info.Env(), LiveStreamAt(info, 0, *environment)->captured());
}

Napi::Value SynchronizeStream(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const StreamPtr stream = LiveStreamAt(info, 0, *environment);
  RefuseCaptured(env, *environment, *stream, "synchronize()");
  return Wait(env, environment, Record(env, *environment, *stream));
}

Napi::Value RecordEvent(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const StreamPtr stream = LiveStreamAt(info, 0, *environment);
  return MakeHandle(env, environment, std::make_unique<EventBox>(Record(env, *environment, *stream)));
}

Napi::Value WaitForEvent(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const StreamPtr stream = LiveStreamAt(info, 0, *environment);
  const EventPtr event = EventAt(info, 1, *environment);
  const std::shared_ptr<Capture> capture = event->capture();
  // These would break the capture, or the driver would refuse them.
  if (event->captured() ? !capture || (stream->captured() && stream->capture != capture) : stream->captured()) {
    ThrowEmdError(env, *environment, "CAPTURING",
                  "event: expected one that was recorded in the same capture as the stream's work");
  }
  const bool joins = capture && !stream->captured();
  if (joins) Check(env, *environment, stream->cuda(), "recording an event", stream->Mark());
  Check(env, *environment, stream->cuda(), "waiting for an event",
        stream->cuda().event_wait(stream->device(), stream->raw(), event->raw()));
  if (joins) {
    stream->capture = capture;
    capture->streams.push_back(stream);
  }
  return env.Undefined();
}

Napi::Value SynchronizeEvent(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const EventPtr event = EventAt(info, 0, *environment);
  if (event->captured()) ThrowEmdError(info.Env(), *environment, "CAPTURING", "event: was recorded in a capture");
  return Wait(info.Env(), environment, event);
}

Napi::Value Elapsed(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const EventPtr begin = EventAt(info, 0, *environment);
  const EventPtr end = EventAt(info, 1, *environment);
  if (begin->captured() || end->captured()) {
    ThrowEmdError(env, *environment, "CAPTURING", "event: was recorded in a capture");
  }
  const semd_cuda_table& cuda = begin->cuda();
  float milliseconds = 0;
  Check(env, *environment, cuda, "waiting for an event", begin->Synchronize());
  Check(env, *environment, cuda, "waiting for an event", end->Synchronize());
  Check(env, *environment, cuda, "timing", cuda.event_elapsed(begin->raw(), end->raw(), &milliseconds));
  return Napi::Number::New(env, milliseconds);
}

Napi::Value DisposeEvent(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  auto* box = FindHandle<EventBox>(info.Env(), info[0], *environment);
  if (!box) Refuse(info, 0, "an event");
  box->event.reset();
  return info.Env().Undefined();
}

}  // namespace semd::napi
