#include "one_hot.h"

#include "../cpu/one_hot.h"
#include "arguments.h"

namespace semd::napi {

Napi::Value OneHotIndices(const Napi::CallbackInfo& info, const EnvironmentPtr&) {
  const View values = ViewAt(info, 0), indices = ViewAt(info, 1);
  if (values.type != napi_float32_array) Refuse(info, 0, "a Float32Array");
  if (indices.type != napi_int32_array || indices.length == 0 || values.length == 0 || values.length % indices.length != 0 ||
      values.length / indices.length > (1 << 24) || Overlap(values.data, values.Bytes(), indices.data, indices.Bytes())) {
    Refuse(info, 1, "an Int32Array with an element per row, in memory of its own");
  }
  const auto classes = static_cast<int32_t>(values.length / indices.length);
  const int32_t threads = Int32At(info, 2, 0, 1024);
  const bool found = one_hot_indices(static_cast<const float*>(values.data), static_cast<int64_t>(indices.length), classes,
                                     threads, static_cast<int32_t*>(indices.data));
  return Napi::Boolean::New(info.Env(), found);
}

}  // namespace semd::napi
