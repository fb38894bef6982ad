// This uses the plain C interface of Node-API rather than node-addon-api: with small batches, the call itself is the cost.
#include "evaluate.h"

#include "call.h"
#include "../core/guard.h"
#include "staged_loss.h"
#include "../gpu/stream_handles.h"

namespace semd::napi {
namespace {

void EvaluateStaged(napi_env env, Call& call, napi_value stream_value, Environment& environment) {
  StreamPtr stream;
  if (!FindStream(env, stream_value, environment, call.ground->device, &stream) || stream->captured()) {
    refuse_call(call.numbers, kBadArgument, kStream);
    return;
  }
  semd_result result{};
  const Outcome outcome = SolveStaged(*call.ground, stream->raw(), call.problem, &result);
  write_result(call.numbers, outcome.status, result);
  if (IsCudaFailure(outcome.status)) napi_throw(env, MakeError(env, environment, "the loss", outcome));
}

void EvaluateNow(napi_env env, const napi_value* arguments, Environment& environment) {
  Call call;
  if (!call.Read(env, arguments, environment)) return;
  if (call.ground->device != Ground::kCpu) return EvaluateStaged(env, call, arguments[kStream], environment);
  semd_result result{};
  const semd_status status = Solve(call.problem, &result);
  write_result(call.numbers, status, result);
}

}  // namespace

napi_value Evaluate(napi_env env, napi_callback_info info) {
  return GuardCallback<kArguments>(env, info, [env](const napi_value* arguments, Environment& environment) {
    EvaluateNow(env, arguments, environment);
    return nullptr;
  });
}

}  // namespace semd::napi
