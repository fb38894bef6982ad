// Registration: what JavaScript sees of this addon is the list at the end of this file. lib/binding.ts types it.
#include <napi.h>

#include "environment.h"
#include "evaluate.h"
#include "ground.h"

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

Napi::Object Register(Napi::Env env, Napi::Object exports) {
  auto* environment = new EnvironmentPtr(std::make_shared<Environment>());
  env.SetInstanceData(environment);

  SetRaw(env, exports, "evaluate", Evaluate, environment->get());
  SetRaw(env, exports, "evaluateAsync", EvaluateAsync, environment->get());
  exports.Set("createGround", Napi::Function::New(env, [shared = *environment](const Napi::CallbackInfo& info) {
                return CreateGround(info, shared);
              }));
  exports.Set("setThreads", Napi::Function::New(env, SetThreads));
  exports.Set("info", Napi::Function::New(env, Info));
  return exports;
}

}  // namespace
}  // namespace semd::napi

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return semd::napi::Register(env, exports); }

NODE_API_MODULE(squared_emd, Init)
