// The plain C interface of Node-API, not node-addon-api: this is the path of small batches, where the call is the cost.
#include "evaluate.h"

#include "call.h"

namespace semd::napi {

napi_value Evaluate(napi_env env, napi_callback_info info) {
  napi_value arguments[kArguments];
  size_t count = kArguments;
  void* environment = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &environment);

  Call call;
  if (!call.Read(env, arguments, *static_cast<Environment*>(environment))) return nullptr;
  semd_result result{};
  const semd_status status = Solve(*call.ground->ground, call.problem, &result);
  WriteResult(call.numbers, status, result);
  return nullptr;
}

}  // namespace semd::napi
