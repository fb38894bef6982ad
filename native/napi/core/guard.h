// No C++ exception may leave a function that Node calls, as it would end the process. node-addon-api's own wrappers let
// exceptions escape that cannot be thrown in JavaScript, as while a worker is being terminated.
#ifndef SQUARED_EMD_NAPI_GUARD_H
#define SQUARED_EMD_NAPI_GUARD_H

#include <napi.h>

#include "environment.h"
#include "errors.h"

namespace semd::napi {

// Runs what may throw, and throws its exception in JavaScript, if that can run.
template <class Body>
napi_value Guard(napi_env env, const Environment& environment, Body body) noexcept {
  try {
    return body();
  } catch (const Napi::Error& error) {
    ThrowAgain(env, error);
  } catch (...) {  // bad_alloc, or length_error
    ThrowOutOfMemory(env, environment);
  }
  return nullptr;
}

// Runs the body of a callback with its first kCount arguments and its environment, which must be the callback's `data`.
template <size_t kCount, class Body>
napi_value GuardCallback(napi_env env, napi_callback_info info, Body body) noexcept {
  napi_value arguments[kCount];
  size_t count = kCount;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  auto& environment = *static_cast<Environment*>(data);
  return Guard(env, environment, [&]() -> napi_value { return body(arguments, environment); });
}

}  // namespace semd::napi

#endif
