#include "evaluate_device.h"

#include <limits>
#include <memory>
#include <utility>

#include "../core/background.h"
#include "device_call.h"
#include "../core/guard.h"
#include "../core/reference.h"

namespace semd::napi {
namespace {

// Writes the status, and throws if the GPU has failed.
void Report(napi_env env, const Environment& environment, double* numbers, const Outcome& outcome,
            const semd_result& result) {
  write_result(numbers, outcome.status, result);
  if (IsCudaFailure(outcome.status)) napi_throw(env, MakeError(env, environment, "the loss", outcome));
}

// The result of calls with lossOut, which is not read back from the device.
semd_result Unknown() {
  semd_result result{};
  result.loss = result.cross_entropy = result.emd = result.rows = result.non_finite =
      result.first_non_finite = std::numeric_limits<double>::quiet_NaN();
  return result;
}

// A result on its way. It need not keep what the kernels work on, as memory and ground distances are released behind the work
// that was enqueued on them.
class PendingLoss : public Background {
 public:
  PendingLoss(Environment& environment, const DeviceCall& call)
      : Background(environment.shared_from_this()), cuda_(call.cuda()) {}
  ~PendingLoss() override {
    if (pending_) cuda_.loss_wait(pending_, &result_);  // cancelled before it was executed
  }

  bool Remember(napi_env env, napi_value numbers) { return numbers_.Set(env, numbers); }
  void Await(semd_cuda_pending* pending) { pending_ = pending; }

  void Execute() override {
    const semd_status status = cuda_.loss_wait(std::exchange(pending_, nullptr), &result_);
    outcome_ = OutcomeOf(cuda_, status);
  }

  napi_value Deliver(napi_env env) override {
    View numbers;
    const napi_value value = numbers_.Value();
    if (value && View::Read(env, value, &numbers) && numbers.length == kNumberSlots) {
      write_result(static_cast<double*>(numbers.data), outcome_.status, result_);
    }
    return IsCudaFailure(outcome_.status) ? MakeError(env, environment(), "the loss", outcome_) : nullptr;
  }

 private:
  const semd_cuda_table& cuda_;
  semd_cuda_pending* pending_ = nullptr;
  Outcome outcome_{SEMD_INVALID_PROBLEM, ""};  // until it has run
  semd_result result_{};
  Reference numbers_;
};

void EvaluateNow(napi_env env, const napi_value* arguments, Environment& environment) {
  DeviceCall call;
  if (!call.Read(env, arguments, environment)) return;
  semd_result result{};
  semd_cuda_pending* pending = nullptr;
  Outcome outcome = call.Enqueue(&pending, &result);
  if (!outcome.Failed() && pending) {
    outcome = OutcomeOf(call.cuda(), call.cuda().loss_wait(pending, &result));
  } else if (!outcome.Failed()) {
    result = Unknown();
  }
  Report(env, environment, call.numbers(), outcome, result);
}

napi_value EvaluateLater(napi_env env, const napi_value* arguments, Environment& environment) {
  DeviceCall call;
  if (!call.Read(env, arguments, environment)) return nullptr;
  if (!call.reads_back()) {
    refuse_call(call.numbers(), kBadArgument, kLossOut);
    return nullptr;
  }
  auto task = std::make_unique<PendingLoss>(environment, call);
  if (!task->Remember(env, arguments[kNumbers])) {
    napi_throw_error(env, nullptr, "evaluateDeviceAsync: the call could not be queued");
    return nullptr;
  }
  semd_result result{};
  semd_cuda_pending* pending = nullptr;
  const Outcome outcome = call.Enqueue(&pending, &result);
  if (outcome.Failed()) {
    Report(env, environment, call.numbers(), outcome, result);
    return nullptr;
  }
  task->Await(pending);
  return Background::Start(env, std::move(task));
}

}  // namespace

napi_value EvaluateDevice(napi_env env, napi_callback_info info) {
  return GuardCallback<kArguments>(env, info, [env](const napi_value* arguments, Environment& environment) {
    EvaluateNow(env, arguments, environment);
    return nullptr;
  });
}

napi_value EvaluateDeviceAsync(napi_env env, napi_callback_info info) {
  return GuardCallback<kArguments>(env, info, [env](const napi_value* arguments, Environment& environment) {
    return EvaluateLater(env, arguments, environment);
  });
}

}  // namespace semd::napi
