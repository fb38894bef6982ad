// Errors that are not the fault of an argument (lib/checks/errors.ts).
#ifndef SQUARED_EMD_NAPI_ERRORS_H
#define SQUARED_EMD_NAPI_ERRORS_H

#include <napi.h>

#include <string>

#include "../../include/squared_emd_cuda.h"
#include "environment.h"

namespace semd::napi {

// setErrorClass(EmdError): sets the class of the errors that native code throws from then on.
Napi::Value SetErrorClass(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

// An EmdError; null if JavaScript cannot run any more.
napi_value MakeEmdError(napi_env env, const Environment& environment, const char* code, const std::string& message);

[[noreturn]] void ThrowEmdError(Napi::Env env, const Environment& environment, const char* code,
                                const std::string& message);

// The RangeError for an output that was detached or resized while an asynchronous call ran; null if JavaScript cannot run any
// more.
napi_value MakeGoneError(napi_env env, const char* name);

// Throw a caught exception in JavaScript. They fail silently while the environment is torn down, as nobody is left to be told.
void ThrowAgain(napi_env env, const Napi::Error& error) noexcept;
void ThrowOutOfMemory(napi_env env, const Environment& environment) noexcept;
napi_value OutOfMemory(napi_env env, const Environment& environment) noexcept;

// How a call of the CUDA library ended, with its words, which the library keeps per thread.
struct Outcome {
  semd_status status = SEMD_OK;
  std::string words;

  bool Failed() const { return status != SEMD_OK; }
};

// Whether last_error() has words for this status.
inline bool IsCudaFailure(semd_status status) {
  return status == SEMD_DEVICE_ERROR || status == SEMD_DEVICE_OUT_OF_MEMORY;
}

Outcome OutcomeOf(const semd_cuda_table& cuda, semd_status status);

// The error for an outcome that is a failure; `what` says what was attempted.
napi_value MakeError(napi_env env, const Environment& environment, const char* what, const Outcome& outcome);

// Throws that error if the call failed.
void Check(Napi::Env env, const Environment& environment, const semd_cuda_table& cuda, const char* what,
           semd_status status);

}  // namespace semd::napi

#endif
