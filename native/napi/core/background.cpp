#include "background.h"

#include "errors.h"

namespace semd::napi {

void Background::Run(napi_env, void* data) noexcept {
  auto& work = *static_cast<Background*>(data);
  try {
    work.Execute();
  } catch (...) {
    work.failed_ = true;
  }
}

void Background::Complete(napi_env env, napi_status, void* data) noexcept {
  const std::unique_ptr<Background> work(static_cast<Background*>(data));
  napi_value error = nullptr;
  try {
    if (!work->failed_) error = work->Deliver(env);
  } catch (...) {
    work->failed_ = true;
  }
  if (work->failed_) error = OutOfMemory(env, *work->environment_);
  napi_delete_async_work(env, work->work_);
  napi_value undefined = nullptr;
  napi_get_undefined(env, &undefined);
  if (error || work->failed_) {
    napi_reject_deferred(env, work->deferred_, error ? error : undefined);
  } else {
    napi_resolve_deferred(env, work->deferred_, undefined);
  }
}

napi_value Background::Start(napi_env env, std::unique_ptr<Background> work) {
  napi_value name = nullptr;
  napi_value promise = nullptr;
  if (napi_create_string_utf8(env, "squared_emd", NAPI_AUTO_LENGTH, &name) == napi_ok &&
      napi_create_async_work(env, nullptr, name, Run, Complete, work.get(), &work->work_) == napi_ok &&
      napi_create_promise(env, &work->deferred_, &promise) == napi_ok &&
      napi_queue_async_work(env, work->work_) == napi_ok) {
    work.release();
    return promise;
  }
  if (work->work_) napi_delete_async_work(env, work->work_);
  napi_throw_error(env, nullptr, "squared-emd: the call could not be queued");
  return nullptr;
}

Napi::Value Background::StartOrThrow(Napi::Env env, std::unique_ptr<Background> work) {
  const napi_value promise = Start(env, std::move(work));
  if (!promise) throw Napi::Error::New(env);
  return Napi::Value(env, promise);
}

}  // namespace semd::napi
