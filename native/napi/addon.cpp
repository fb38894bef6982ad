// Registration: what JavaScript sees of this addon is the list at the end of this file. lib/binding.ts types it.
#include <napi.h>

#include "cuda_library.h"
#include "device_array.h"
#include "environment.h"
#include "errors.h"
#include "evaluate.h"
#include "evaluate_device.h"
#include "graph.h"
#include "ground.h"
#include "pinned_array.h"
#include "stream_handles.h"
#include "transfers.h"

namespace semd::napi {
namespace {

void SetThreads(const Napi::CallbackInfo& info) {
  const double threads = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : 0;
  if (!(threads >= 1 && threads <= 1024)) throw Napi::RangeError::New(info.Env(), "setThreads: expected 1..1024");
  semd_cpu_set_threads(static_cast<int32_t>(threads));
}

Napi::Value Info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array isas = Napi::Array::New(env);
  for (int32_t i = 0; const char* name = semd_cpu_isa_name(i); ++i) isas.Set(i, name);
  Napi::Object out = Napi::Object::New(env);
  out.Set("isa", semd_cpu_isa());
  out.Set("isas", isas);
  out.Set("threads", semd_cpu_threads());
  return out;
}

// A callback in plain C, without node-addon-api's wrapper around each call.
void SetRaw(Napi::Env env, Napi::Object exports, const char* name, napi_callback callback, Environment* data) {
  napi_value function = nullptr;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, data, &function) != napi_ok) {
    throw Napi::Error::New(env);
  }
  exports.Set(name, function);
}

using Method = Napi::Value (*)(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

Napi::Object Register(Napi::Env env, Napi::Object exports) {
  auto* instance_data = new EnvironmentPtr(std::make_shared<Environment>());
  env.SetInstanceData(instance_data);
  const EnvironmentPtr environment = *instance_data;
  const auto raw = [&](const char* name, napi_callback callback) {
    SetRaw(env, exports, name, callback, environment.get());
  };
  const auto method = [&](const char* name, Method function) {
    exports.Set(name, Napi::Function::New(env, [function, environment](const Napi::CallbackInfo& info) {
                  return function(info, environment);
                }));
  };

  exports.Set("setThreads", Napi::Function::New(env, SetThreads));
  exports.Set("info", Napi::Function::New(env, Info));
  method("setErrorClass", SetErrorClass);

  method("createGround", CreateGround);
  raw("evaluate", Evaluate);
  raw("evaluateAsync", EvaluateAsync);
  raw("evaluateDevice", EvaluateDevice);
  raw("evaluateDeviceAsync", EvaluateDeviceAsync);

  method("cudaStatus", CudaStatus);

  method("allocateArray", AllocateArray);
  method("borrowArray", BorrowArray);
  method("pointerDevice", PointerDevice);
  method("viewArray", ViewArray);
  method("disposeArray", DisposeArray);
  method("arrayPointer", ArrayPointer);
  method("arrayStream", ArrayStream);
  method("fillArray", FillArray);
  method("copyArray", CopyArray);
  method("waitForForeign", WaitForForeign);
  method("exportArray", ExportArray);
  method("importArray", ImportArray);
  method("upload", Upload);
  method("uploadAsync", UploadAsync);
  method("download", Download);
  method("downloadAsync", DownloadAsync);
  method("allocatePinned", AllocatePinned);

  method("makeStream", MakeStream);
  method("wrapStream", WrapStream);
  method("disposeStream", DisposeStream);
  method("streamHandle", StreamHandle);
  method("isCaptured", IsCaptured);
  method("synchronizeStream", SynchronizeStream);
  method("recordEvent", RecordEvent);
  method("waitForEvent", WaitForEvent);
  method("synchronizeEvent", SynchronizeEvent);
  method("elapsed", Elapsed);
  method("disposeEvent", DisposeEvent);

  method("beginCapture", BeginCapture);
  method("endCapture", EndCapture);
  method("launchGraph", LaunchGraph);
  method("disposeGraph", DisposeGraph);
  return exports;
}

}  // namespace
}  // namespace semd::napi

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return semd::napi::Register(env, exports); }

NODE_API_MODULE(squared_emd, Init)
