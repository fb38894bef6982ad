// Registration: what JavaScript sees of this addon is the list at the end of this file. lib/binding.ts types it.
#include <napi.h>

#include "arguments.h"
#include "class_centroids.h"
#include "cuda_library.h"
#include "device_array.h"
#include "device_centroids.h"
#include "environment.h"
#include "errors.h"
#include "evaluate.h"
#include "evaluate_device.h"
#include "graph.h"
#include "ground.h"
#include "pinned_array.h"
#include "row_kinds.h"
#include "stream_handles.h"
#include "transfers.h"

namespace semd::napi {
namespace {

using Method = Napi::Value (*)(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

// Fails silently while the environment is torn down: nobody is left to catch it.
void Throw(napi_env env, const Napi::Error& error) noexcept {
  try {
    napi_throw(env, error.Value());
  } catch (...) {
  }
}

// Runs what may throw. node-addon-api's own wrapper ends the process when a worker is terminated while a call throws.
template <class Body>
napi_value Guard(napi_env env, Environment& environment, Body body) {
  try {
    return body();
  } catch (const Napi::Error& error) {
    Throw(env, error);
  } catch (const std::exception&) {  // no memory, or none that long
    napi_throw(env, MakeEmdError(env, environment, "OUT_OF_MEMORY", "squared-emd: no memory for this call"));
  }
  return nullptr;
}

template <Method method>
napi_value Guarded(napi_env env, napi_callback_info raw) {
  void* data = nullptr;
  napi_get_cb_info(env, raw, nullptr, nullptr, nullptr, &data);
  auto& environment = *static_cast<Environment*>(data);
  return Guard(env, environment, [&]() -> napi_value {
    const Napi::CallbackInfo info(env, raw);
    return method(info, environment.shared_from_this());
  });
}

template <napi_callback function>
napi_value Guarded(napi_env env, napi_callback_info raw) {
  void* data = nullptr;
  napi_get_cb_info(env, raw, nullptr, nullptr, nullptr, &data);
  return Guard(env, *static_cast<Environment*>(data), [&] { return function(env, raw); });
}

Napi::Value SetThreads(const Napi::CallbackInfo& info, const EnvironmentPtr&) {
  semd_cpu_set_threads(Int32At(info, 0, 1, 1024));
  return info.Env().Undefined();
}

Napi::Value Info(const Napi::CallbackInfo& info, const EnvironmentPtr&) {
  const Napi::Env env = info.Env();
  Napi::Array isas = Napi::Array::New(env);
  for (int32_t i = 0; const char* name = semd_cpu_isa_name(i); ++i) isas.Set(i, name);
  Napi::Object out = Napi::Object::New(env);
  out.Set("isa", semd_cpu_isa());
  out.Set("isas", isas);
  out.Set("threads", semd_cpu_threads());
  return out;
}

Napi::Object Register(Napi::Env env, Napi::Object exports) {
  auto* instance_data = new EnvironmentPtr(std::make_shared<Environment>());
  env.SetInstanceData(instance_data);
  Environment* environment = instance_data->get();
  const auto add = [&](const char* name, napi_callback callback) {
    napi_value function = nullptr;
    if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, environment, &function) != napi_ok) {
      throw Napi::Error::New(env);
    }
    exports.Set(name, function);
  };

  add("setThreads", Guarded<SetThreads>);
  add("info", Guarded<Info>);
  add("setErrorClass", Guarded<SetErrorClass>);

  add("createGround", Guarded<CreateGround>);
  add("groundFromDistances", Guarded<GroundFromDistances>);
  add("evaluate", Evaluate);
  add("evaluateAsync", EvaluateAsync);
  add("evaluateDevice", Guarded<EvaluateDevice>);
  add("evaluateDeviceAsync", Guarded<EvaluateDeviceAsync>);

  add("accumulate", Guarded<Accumulate>);
  add("updateCentroids", Guarded<UpdateCentroids>);
  add("classDistances", Guarded<ClassDistances>);
  add("rowKinds", Guarded<FindRowKinds>);
  add("pairwiseDistances", Guarded<PairwiseDistances>);
  add("accumulateDevice", Guarded<AccumulateDevice>);
  add("updateCentroidsDevice", Guarded<UpdateCentroidsDevice>);
  add("classDistancesDevice", Guarded<ClassDistancesDevice>);
  add("pairwiseDistancesDevice", Guarded<PairwiseDistancesDevice>);

  add("cudaStatus", Guarded<CudaStatus>);

  add("allocateArray", Guarded<AllocateArray>);
  add("borrowArray", Guarded<BorrowArray>);
  add("pointerDevice", Guarded<PointerDevice>);
  add("viewArray", Guarded<ViewArray>);
  add("disposeArray", Guarded<DisposeArray>);
  add("arrayPointer", Guarded<ArrayPointer>);
  add("arrayStream", Guarded<ArrayStream>);
  add("fillArray", Guarded<FillArray>);
  add("copyArray", Guarded<CopyArray>);
  add("waitForForeign", Guarded<WaitForForeign>);
  add("exportArray", Guarded<ExportArray>);
  add("importArray", Guarded<ImportArray>);
  add("upload", Guarded<Upload>);
  add("uploadAsync", Guarded<UploadAsync>);
  add("download", Guarded<Download>);
  add("downloadAsync", Guarded<DownloadAsync>);
  add("allocatePinned", Guarded<AllocatePinned>);

  add("makeStream", Guarded<MakeStream>);
  add("wrapStream", Guarded<WrapStream>);
  add("disposeStream", Guarded<DisposeStream>);
  add("streamHandle", Guarded<StreamHandle>);
  add("refuseForeignCapture", Guarded<RefuseForeignCapture>);
  add("isCaptured", Guarded<IsCaptured>);
  add("synchronizeStream", Guarded<SynchronizeStream>);
  add("recordEvent", Guarded<RecordEvent>);
  add("waitForEvent", Guarded<WaitForEvent>);
  add("synchronizeEvent", Guarded<SynchronizeEvent>);
  add("elapsed", Guarded<Elapsed>);
  add("disposeEvent", Guarded<DisposeEvent>);

  add("beginCapture", Guarded<BeginCapture>);
  add("endCapture", Guarded<EndCapture>);
  add("launchGraph", Guarded<LaunchGraph>);
  add("disposeGraph", Guarded<DisposeGraph>);
  return exports;
}

}  // namespace
}  // namespace semd::napi

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return semd::napi::Register(env, exports); }

NODE_API_MODULE(squared_emd, Init)
