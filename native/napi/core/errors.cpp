#include "errors.h"

namespace semd::napi {

Napi::Value SetErrorClass(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  if (!info[0].IsFunction()) throw Napi::TypeError::New(info.Env(), "setErrorClass: expected a class");
  if (environment->emd_error) napi_delete_reference(info.Env(), environment->emd_error);
  environment->emd_error = nullptr;
  napi_create_reference(info.Env(), info[0], 1, &environment->emd_error);
  return info.Env().Undefined();
}

napi_value MakeEmdError(napi_env env, const Environment& environment, const char* code, const std::string& message) {
  napi_value type = nullptr;
  napi_value arguments[2] = {};
  napi_value error = nullptr;
  if (napi_create_string_utf8(env, code, NAPI_AUTO_LENGTH, &arguments[0]) != napi_ok ||
      napi_create_string_utf8(env, message.data(), message.size(), &arguments[1]) != napi_ok ||
      napi_get_reference_value(env, environment.emd_error, &type) != napi_ok || !type ||
      napi_new_instance(env, type, 2, arguments, &error) != napi_ok) {
    return nullptr;
  }
  return error;
}

napi_value MakeGoneError(napi_env env, const char* name) {
  const std::string words =
      std::string(name) + ": expected the array as it was when the call began, but it was detached or resized meanwhile";
  napi_value text = nullptr, error = nullptr;
  napi_create_string_utf8(env, words.c_str(), NAPI_AUTO_LENGTH, &text);
  return napi_create_range_error(env, nullptr, text, &error) == napi_ok ? error : nullptr;
}

void ThrowEmdError(Napi::Env env, const Environment& environment, const char* code, const std::string& message) {
  const napi_value error = MakeEmdError(env, environment, code, message);
  throw error ? Napi::Error(env, error) : Napi::Error::New(env, message);
}

void ThrowAgain(napi_env env, const Napi::Error& error) noexcept {
  try {
    napi_throw(env, error.Value());
  } catch (...) {
  }
}

napi_value OutOfMemory(napi_env env, const Environment& environment) noexcept {
  try {
    return MakeEmdError(env, environment, "OUT_OF_MEMORY", "squared-emd: no memory for this call");
  } catch (...) {
    return nullptr;
  }
}

void ThrowOutOfMemory(napi_env env, const Environment& environment) noexcept {
  const napi_value error = OutOfMemory(env, environment);
  if (error) {
    napi_throw(env, error);
  } else {
    napi_throw_error(env, nullptr, "squared-emd: no memory for this call");
  }
}

Outcome OutcomeOf(const semd_cuda_table& cuda, semd_status status) {
  return Outcome{status, IsCudaFailure(status) ? cuda.last_error() : ""};
}

napi_value MakeError(napi_env env, const Environment& environment, const char* what, const Outcome& outcome) {
  const std::string subject = std::string("squared-emd: ") + what;
  switch (outcome.status) {
    case SEMD_DEVICE_OUT_OF_MEMORY:
      return MakeEmdError(env, environment, "CUDA_OUT_OF_MEMORY",
                          subject +
                              " failed for want of memory. Dispose of arrays that are not needed any more, or take "
                              "smaller batches.\n" +
                              outcome.words);
    case SEMD_DEVICE_ERROR:
      return MakeEmdError(env, environment, "CUDA_ERROR", subject + " failed on the GPU.\n" + outcome.words);
    case SEMD_OUT_OF_MEMORY:
      return MakeEmdError(env, environment, "OUT_OF_MEMORY", subject + " failed for want of memory.");
    default:
      return MakeEmdError(env, environment, "INTERNAL",
                          subject + " was refused by native code (status " + std::to_string(outcome.status) + ").");
  }
}

void Check(Napi::Env env, const Environment& environment, const semd_cuda_table& cuda, const char* what,
           semd_status status) {
  if (status == SEMD_OK) return;
  const napi_value error = MakeError(env, environment, what, OutcomeOf(cuda, status));
  throw error ? Napi::Error(env, error) : Napi::Error::New(env, what);
}

}  // namespace semd::napi
