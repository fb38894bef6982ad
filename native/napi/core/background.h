// Work off the JavaScript thread, and the promise that it settles.
//
// A `Background` is made on the JavaScript thread, executed on a worker thread, and destroyed on the JavaScript thread when it
// has been delivered. In Node a worker that is terminated waits for its work, work is delivered even while the environment is
// torn down, and work cancelled before it began is delivered without having been executed. Other runtimes do not wait, and free
// JavaScript's memory meanwhile, so `Execute` works on native memory only.
#ifndef SQUARED_EMD_NAPI_BACKGROUND_H
#define SQUARED_EMD_NAPI_BACKGROUND_H

#include <napi.h>

#include <memory>

#include "environment.h"

namespace semd::napi {

class Background {
 public:
  explicit Background(EnvironmentPtr environment) : environment_(std::move(environment)) {}
  virtual ~Background() = default;

  // Queues the work and returns its promise; null, with an exception pending, if that failed.
  static napi_value Start(napi_env env, std::unique_ptr<Background> work);
  // Like Start, for methods that throw C++ exceptions.
  static Napi::Value StartOrThrow(Napi::Env env, std::unique_ptr<Background> work);

 protected:
  const Environment& environment() const { return *environment_; }

 private:
  // Runs on a worker thread. Any exception, from here or from Deliver, rejects the promise with an out-of-memory error.
  virtual void Execute() = 0;

  // Runs on the JavaScript thread; returns an error with which the promise is rejected, or null, and it resolves to undefined.
  // While the environment is torn down, calls of Node-API fail, and nobody is left to be told.
  virtual napi_value Deliver(napi_env env) = 0;

  static void Run(napi_env env, void* data) noexcept;
  static void Complete(napi_env env, napi_status status, void* data) noexcept;

  const EnvironmentPtr environment_;
  bool failed_ = false;
  napi_async_work work_ = nullptr;
  napi_deferred deferred_ = nullptr;
};

}  // namespace semd::napi

#endif
