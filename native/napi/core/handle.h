// Native objects as JavaScript holds them: externals, each with a `Handle` behind it.
//
// The external owns its handle, which the finalizer destroys on the JavaScript thread. Calls borrow the handle; what must
// outlive a call (memory in use, a ground distance) the handle shares with whoever needs it.
#ifndef SQUARED_EMD_NAPI_HANDLE_H
#define SQUARED_EMD_NAPI_HANDLE_H

#include <napi.h>

#include <memory>

#include "environment.h"

namespace semd::napi {

struct Handle {
  enum class Kind { kGround, kArray, kStream, kEvent, kGraph, kCentroids };

  explicit Handle(Kind kind) : kind(kind) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  virtual ~Handle() = default;

  // Tells the garbage collector how much memory the object holds outside of its heap.
  void SetExternalBytes(napi_env env, int64_t bytes) {
    int64_t total = 0;
    napi_adjust_external_memory(env, bytes - external_bytes_, &total);
    external_bytes_ = bytes;
  }

  const Kind kind;
  EnvironmentPtr environment;

 private:
  int64_t external_bytes_ = 0;
};

inline void DestroyHandle(napi_env env, void* data, void*) noexcept {
  auto* dead = static_cast<Handle*>(data);
  dead->environment->handles.erase(dead);
  dead->SetExternalBytes(env, 0);
  delete dead;
}

// The external of a new handle. Each kind of handle has a `kKind`.
template <class Box>
Napi::Value MakeHandle(Napi::Env env, const EnvironmentPtr& environment, std::unique_ptr<Box> box) {
  box->environment = environment;
  Handle* const handle = box.get();
  environment->handles.insert(handle);
  napi_value external = nullptr;
  if (napi_create_external(env, handle, DestroyHandle, nullptr, &external) != napi_ok) {
    environment->handles.erase(handle);
    throw Napi::Error::New(env);
  }
  box.release();
  return Napi::Value(env, external);
}

// The handle behind a value; null if the value is no external of this addon, or its handle is of another kind.
template <class Box>
Box* FindHandle(napi_env env, napi_value value, const Environment& environment) {
  void* data = nullptr;
  if (napi_get_value_external(env, value, &data) != napi_ok) return nullptr;
  const auto found = environment.handles.find(static_cast<Handle*>(data));
  return found == environment.handles.end() || (*found)->kind != Box::kKind ? nullptr : static_cast<Box*>(*found);
}

}  // namespace semd::napi

#endif
