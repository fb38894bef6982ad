// The only place that puts native memory behind a JavaScript array; runtimes that do not allow that (Electron) refuse.
#undef NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED
#include "pinned_array.h"

#include <cstring>

#include "../../core/limits.h"
#include "../core/arguments.h"
#include "cuda_library.h"
#include "../core/errors.h"

namespace semd::napi {
namespace {

void Release(napi_env, void* memory, void* table) noexcept {
  static_cast<const semd_cuda_table*>(table)->release_pinned(memory);
}

}  // namespace

Napi::Value AllocatePinned(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const semd_cuda_table& cuda = Cuda(env, *environment);
  const auto length = static_cast<size_t>(IntegerAt(info, 0, 0, kMaxSafeInteger / sizeof(float)));
  if (length == 0) return Napi::Float32Array::New(env, 0);
  const size_t bytes = length * sizeof(float);
  void* memory = nullptr;
  Check(env, *environment, cuda, "page-locking memory", cuda.allocate_pinned(bytes, &memory));
  std::memset(memory, 0, bytes);
  napi_value buffer = nullptr;
  const napi_status status =
      napi_create_external_arraybuffer(env, memory, bytes, Release, const_cast<semd_cuda_table*>(&cuda), &buffer);
  if (status == napi_ok) return Napi::Float32Array::New(env, length, Napi::ArrayBuffer(env, buffer), 0);
  cuda.release_pinned(memory);
  if (status != napi_no_external_buffers_allowed) throw Napi::Error::New(env);
  ThrowEmdError(env, *environment, "NO_EXTERNAL_BUFFERS",
                "pinned: this JavaScript runtime allows no arrays over memory of native code, as Electron does since "
                "version 21. Use a Float32Array; copies of it are staged through page-locked memory anyway.");
}

}  // namespace semd::napi
