// Registration: the list at the end of this file is what JavaScript sees of the addon. lib/backends/backend.ts and node.ts have
// its types.
#include <napi.h>

#include <iterator>
#include <memory>

#include "../core/limits.h"
#include "core/arguments.h"
#include "centroids/centroid_memory.h"
#include "centroids/class_centroids.h"
#include "gpu/cuda_library.h"
#include "gpu/device_array.h"
#include "centroids/device_centroids.h"
#include "core/environment.h"
#include "core/errors.h"
#include "loss/evaluate.h"
#include "loss/evaluate_device.h"
#include "gpu/graph.h"
#include "loss/ground.h"
#include "core/guard.h"
#include "gpu/pinned_array.h"
#include "loss/row_kinds.h"
#include "gpu/stream_handles.h"
#include "gpu/transfers.h"

namespace semd::napi {
namespace {

constexpr int32_t kMostMultiplyAdds = 2147483647;

using Method = Napi::Value (*)(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

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

Napi::Value SetThreads(const Napi::CallbackInfo& info, const EnvironmentPtr&) {
  semd_cpu_set_threads(Int32At(info, 0, 1, kMostThreads));
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

// multiplyAdds(count): for the benchmark, which compares matrix products with it.
Napi::Value MultiplyAdds(const Napi::CallbackInfo& info, const EnvironmentPtr&) {
  return Napi::Number::New(info.Env(), static_cast<double>(semd_cpu_multiply_adds(Int32At(info, 0, 0, kMostMultiplyAdds))));
}

Napi::Value RefusedIsa(const Napi::CallbackInfo& info, const EnvironmentPtr&) {
  const char* refused = semd_cpu_refused_isa();
  return refused ? Napi::String::New(info.Env(), refused).As<Napi::Value>() : info.Env().Null();
}

struct Function {
  const char* name;
  napi_callback callback;
};

constexpr Function kFunctions[] = {
    {"setThreads", Guarded<SetThreads>},
    {"info", Guarded<Info>},
    {"refusedIsa", Guarded<RefusedIsa>},
    {"multiplyAdds", Guarded<MultiplyAdds>},
    {"setErrorClass", Guarded<SetErrorClass>},

    {"createGround", Guarded<CreateGround>},
    {"releaseGround", Guarded<ReleaseGround>},
    {"groundFromDistances", Guarded<GroundFromDistances>},
    {"evaluate", Evaluate},
    {"evaluateAsync", EvaluateAsync},
    {"evaluateDevice", EvaluateDevice},
    {"evaluateDeviceAsync", EvaluateDeviceAsync},

    {"ownCentroids", Guarded<OwnCentroids>},
    {"readCentroids", Guarded<ReadCentroids>},
    {"writeCentroids", Guarded<WriteCentroids>},
    {"accumulate", Guarded<Accumulate>},
    {"updateCentroids", Guarded<UpdateCentroids>},
    {"classDistances", Guarded<ClassDistances>},
    {"rowKinds", Guarded<FindRowKinds>},
    {"pairwiseDistances", Guarded<PairwiseDistances>},
    {"accumulateDevice", Guarded<AccumulateDevice>},
    {"updateCentroidsDevice", Guarded<UpdateCentroidsDevice>},
    {"classDistancesDevice", Guarded<ClassDistancesDevice>},
    {"mixDistances", Guarded<MixDistances>},
    {"pairwiseDistancesDevice", Guarded<PairwiseDistancesDevice>},

    {"refusedCuda", Guarded<RefusedCuda>},
    {"cudaStatus", Guarded<CudaStatus>},

    {"allocateArray", Guarded<AllocateArray>},
    {"borrowArray", Guarded<BorrowArray>},
    {"pointerDevice", Guarded<PointerDevice>},
    {"viewArray", Guarded<ViewArray>},
    {"disposeArray", Guarded<DisposeArray>},
    {"arrayPointer", Guarded<ArrayPointer>},
    {"arrayStream", Guarded<ArrayStream>},
    {"fillArray", Guarded<FillArray>},
    {"copyArray", Guarded<CopyArray>},
    {"waitForForeign", Guarded<WaitForForeign>},
    {"exportArray", Guarded<ExportArray>},
    {"importArray", Guarded<ImportArray>},
    {"upload", Guarded<Upload>},
    {"uploadAsync", Guarded<UploadAsync>},
    {"download", Guarded<Download>},
    {"downloadAsync", Guarded<DownloadAsync>},
    {"allocatePinned", Guarded<AllocatePinned>},

    {"makeStream", Guarded<MakeStream>},
    {"wrapStream", Guarded<WrapStream>},
    {"disposeStream", Guarded<DisposeStream>},
    {"streamHandle", Guarded<StreamHandle>},
    {"refuseForeignCapture", Guarded<RefuseForeignCapture>},
    {"isCaptured", Guarded<IsCaptured>},
    {"synchronizeStream", Guarded<SynchronizeStream>},
    {"recordEvent", Guarded<RecordEvent>},
    {"waitForEvent", Guarded<WaitForEvent>},
    {"synchronizeEvent", Guarded<SynchronizeEvent>},
    {"elapsed", Guarded<Elapsed>},
    {"disposeEvent", Guarded<DisposeEvent>},

    {"beginCapture", Guarded<BeginCapture>},
    {"endCapture", Guarded<EndCapture>},
    {"launchGraph", Guarded<LaunchGraph>},
    {"disposeGraph", Guarded<DisposeGraph>},
};

void ReleaseEnvironment(napi_env, void* data, void*) noexcept { delete static_cast<EnvironmentPtr*>(data); }

// False if the environment is being torn down.
bool Register(napi_env env, napi_value exports) {
  auto owner = std::make_unique<EnvironmentPtr>(std::make_shared<Environment>());
  Environment* const environment = owner->get();
  if (napi_set_instance_data(env, owner.get(), ReleaseEnvironment, nullptr) != napi_ok) return false;
  static_cast<void>(owner.release());
  napi_property_descriptor properties[std::size(kFunctions)] = {};
  for (size_t i = 0; i < std::size(kFunctions); ++i) {
    properties[i].utf8name = kFunctions[i].name;
    properties[i].method = kFunctions[i].callback;
    properties[i].attributes = napi_default_jsproperty;
    properties[i].data = environment;
  }
  return napi_define_properties(env, exports, std::size(properties), properties) == napi_ok;
}

}  // namespace
}  // namespace semd::napi

// Not NODE_API_MODULE, from which an exception would escape if the worker is terminated meanwhile.
NAPI_MODULE_INIT() {
  try {
    if (semd::napi::Register(env, exports)) return exports;
  } catch (...) {
  }
  napi_throw_error(env, nullptr, "squared-emd: native code could not be registered");
  return nullptr;
}
