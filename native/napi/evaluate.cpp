// The plain C interface of Node-API, not node-addon-api: this is the path of small batches, where the call is the cost.
#include "evaluate.h"

#include "call.h"
#include "staged_loss.h"
#include "stream_handles.h"

namespace semd::napi {
namespace {

void EvaluateStaged(napi_env env, Call& call, napi_value stream_value, Environment& environment) {
  StreamPtr stream;
  if (!FindStream(env, stream_value, environment, call.ground->device, &stream) || stream->captured()) {
    Refuse(call.numbers, kBadArgument, kStream);
    return;
  }
  semd_result result{};
  const Outcome outcome = SolveStaged(*call.ground, stream->raw(), call.problem, &result);
  WriteResult(call.numbers, outcome.status, result);
  if (IsCudaFailure(outcome.status)) napi_throw(env, MakeError(env, environment, "the loss", outcome));
}

}  // namespace

napi_value Evaluate(napi_env env, napi_callback_info info) {
  napi_value arguments[kArguments];
  size_t count = kArguments;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  auto& environment = *static_cast<Environment*>(data);

  Call call;
  if (!call.Read(env, arguments, environment)) return nullptr;
  if (call.ground->device != Ground::kCpu) {
    EvaluateStaged(env, call, arguments[kStream], environment);
    return nullptr;
  }
  semd_result result{};
  const semd_status status = Solve(call.problem, &result);
  WriteResult(call.numbers, status, result);
  return nullptr;
}

}  // namespace semd::napi
