// Work off the JavaScript thread, and the promise of its end.
//
// A `Background` is made on the JavaScript thread, executed on a worker thread, and destroyed on the JavaScript thread
// when it has been delivered. Node delivers also when the environment is torn down, a worker that is terminated waits
// for its work, and what is cancelled before it began is delivered without having been executed. Other runtimes do not
// wait, and free JavaScript's memory meanwhile: `Execute` works on native memory alone.
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

  // Queues the work and returns its promise; null if that failed, with an exception pending.
  static napi_value Start(napi_env env, std::unique_ptr<Background> work);
  // The same, for methods that throw.
  static Napi::Value StartOrThrow(Napi::Env env, std::unique_ptr<Background> work);

 protected:
  const Environment& environment() const { return *environment_; }

 private:
  // On a worker thread. What either throws rejects the promise for want of memory.
  virtual void Execute() = 0;

  // On the JavaScript thread; returns an error to reject the promise with, or null to resolve it with undefined. While
  // the environment is torn down calls of Node-API fail, and there is nobody left to tell.
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
