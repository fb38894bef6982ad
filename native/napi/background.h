// Work off the JavaScript thread, and the promise of its end.
//
// A `Background` is made on the JavaScript thread, executed on a worker thread, and destroyed on the JavaScript thread
// when it has been delivered, which Node does also when the environment is torn down: a worker that is terminated waits
// for its work. What is cancelled before it began is delivered without having been executed.
#ifndef SQUARED_EMD_NAPI_BACKGROUND_H
#define SQUARED_EMD_NAPI_BACKGROUND_H

#include <node_api.h>

#include <memory>

namespace semd::napi {

class Background {
 public:
  virtual ~Background() = default;

  // On a worker thread.
  virtual void Execute() noexcept = 0;

  // On the JavaScript thread; returns an error to reject the promise with, or null to resolve it with undefined. While
  // the environment is torn down calls of Node-API fail, and there is nobody left to tell.
  virtual napi_value Deliver(napi_env env) noexcept = 0;

  // Queues the work and returns its promise; null if that failed, with an exception pending.
  static napi_value Start(napi_env env, std::unique_ptr<Background> work);

 private:
  static void Run(napi_env env, void* data);
  static void Complete(napi_env env, napi_status status, void* data);

  napi_async_work work_ = nullptr;
  napi_deferred deferred_ = nullptr;
};

}  // namespace semd::napi

#endif
