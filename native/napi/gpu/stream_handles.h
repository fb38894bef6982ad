// Streams and events as JavaScript holds them, and what it does with them. lib/gpu/stream.ts has checked the arguments.
#ifndef SQUARED_EMD_NAPI_STREAM_HANDLES_H
#define SQUARED_EMD_NAPI_STREAM_HANDLES_H

#include <napi.h>

#include "../core/handle.h"
#include "stream.h"

namespace semd::napi {

struct StreamBox : Handle {
  static constexpr Kind kKind = Kind::kStream;

  explicit StreamBox(StreamPtr stream) : Handle(kKind), stream(std::move(stream)) {}

  StreamPtr stream;  // null once disposed of
};

// The stream of this device behind a value; null and undefined are the package's own. False if it is none, or disposed
// of.
bool FindStream(napi_env env, napi_value value, Environment& environment, int32_t device, StreamPtr* out);
// The same for an argument; throws.
StreamPtr StreamAt(const Napi::CallbackInfo& info, size_t index, Environment& environment, int32_t device);
// Throws if the stream's work is being captured.
void RefuseCaptured(Napi::Env env, const Environment& environment, const Stream& stream, const char* what);

// makeStream(device), wrapStream(device, handle): externals.
Napi::Value MakeStream(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
Napi::Value WrapStream(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// disposeStream(stream)
Napi::Value DisposeStream(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// streamHandle(stream): bigint
Napi::Value StreamHandle(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// refuseForeignCapture(stream): throws if somebody else captures it
Napi::Value RefuseForeignCapture(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// isCaptured(stream): boolean
Napi::Value IsCaptured(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// synchronizeStream(stream): a promise
Napi::Value SynchronizeStream(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// recordEvent(stream): an external
Napi::Value RecordEvent(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// waitForEvent(stream, event)
Napi::Value WaitForEvent(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// synchronizeEvent(event): a promise
Napi::Value SynchronizeEvent(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// elapsed(begin, end): milliseconds; waits for both
Napi::Value Elapsed(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// disposeEvent(event)
Napi::Value DisposeEvent(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
