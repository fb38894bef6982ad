// A JavaScript value that native code keeps alive. Made and destroyed on the JavaScript thread.
#ifndef SQUARED_EMD_NAPI_REFERENCE_H
#define SQUARED_EMD_NAPI_REFERENCE_H

#include <node_api.h>

namespace semd::napi {

class Reference {
 public:
  Reference() = default;
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;
  ~Reference() {
    if (reference_) napi_delete_reference(env_, reference_);
  }

  // To be called only once.
  bool Set(napi_env env, napi_value value) {
    env_ = env;
    return napi_create_reference(env, value, 1, &reference_) == napi_ok;
  }
  bool IsSet() const { return reference_ != nullptr; }
  // Null if the value is gone, as it is while the environment is torn down.
  napi_value Value() const {
    napi_value value = nullptr;
    return napi_get_reference_value(env_, reference_, &value) == napi_ok ? value : nullptr;
  }

 private:
  napi_env env_ = nullptr;
  napi_ref reference_ = nullptr;
};

}  // namespace semd::napi

#endif
