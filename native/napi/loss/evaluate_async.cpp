// Asynchronous calls on arrays in host memory. JavaScript can detach or shrink an array at any time, and native code cannot pin
// it, so the worker thread sees only copies.
//
// A `Task` owns the copies, shares the ground distance, and holds references to the arrays to be written.
#include <cstring>
#include <memory>

#include "../core/background.h"
#include "call.h"
#include "evaluate.h"
#include "../core/guard.h"
#include "../core/host_block.h"
#include "../core/reference.h"
#include "staged_loss.h"
#include "../gpu/stream_handles.h"

namespace semd::napi {
namespace {

constexpr Argument kOutputs[] = {kGradient, kLosses};
constexpr Argument kInputs[] = {kPredictions, kTargets, kClassWeights, kSampleWeights, kUpstream};

bool Read(napi_env env, const Reference& reference, View* view) {
  const napi_value value = reference.Value();
  return value && View::Read(env, value, view);
}

class Task : public Background {
 public:
  // Copies the inputs and points the problem to the copies. The gradient overwrites the copied predictions.
  Task(const Call& call, Environment& environment, StreamPtr stream)
      : Background(environment.shared_from_this()),
        memory_(BytesOf(call)),
        ground_(call.KeepGround()),
        stream_(std::move(stream)),
        problem_(call.problem) {
    float* predictions = static_cast<float*>(Copy(call, kPredictions));
    problem_.predictions = predictions;
    problem_.targets = Copy(call, kTargets);
    problem_.class_weights = static_cast<const float*>(Copy(call, kClassWeights));
    problem_.sample_weights = static_cast<const float*>(Copy(call, kSampleWeights));
    problem_.upstream_rows = static_cast<const float*>(Copy(call, kUpstream));
    if (stream_) stream_->staged_calls++;
    if (call.present[kGradient]) problem_.gradient = predictions;
    if (call.present[kLosses]) problem_.losses = static_cast<float*>(memory_.Take(call.views[kLosses].Bytes()));
  }

  ~Task() override {
    if (stream_) stream_->staged_calls--;
  }

  // False if Node-API has no references left.
  bool Remember(napi_env env, const Call& call, const napi_value* arguments) {
    if (!numbers_.Set(env, arguments[kNumbers])) return false;
    for (const Argument output : kOutputs) {
      if (!call.present[output]) continue;
      lengths_[output] = call.views[output].length;
      if (!outputs_[output].Set(env, arguments[output])) return false;
    }
    return true;
  }

  void Execute() override {
    if (ground_->device == Ground::kCpu) {
      outcome_.status = Solve(problem_, &result_);
    } else {
      outcome_ = SolveStaged(*ground_, stream_->raw(), problem_, &result_);
    }
  }

  napi_value Deliver(napi_env env) override {
    Write(env);
    return IsCudaFailure(outcome_.status) ? MakeError(env, this->environment(), "the loss", outcome_) : nullptr;
  }

 private:
  static size_t BytesOf(const Call& call) {
    size_t bytes = 0;
    for (const Argument input : kInputs) {
      bytes += call.present[input] ? HostBlock::Aligned(call.views[input].Bytes()) : 0;
    }
    if (call.present[kLosses]) bytes += HostBlock::Aligned(call.views[kLosses].Bytes());
    return bytes;
  }

  void* Copy(const Call& call, Argument input) {
    return call.present[input] ? memory_.Copy(call.views[input]) : nullptr;
  }

  // Writes nothing unless every output still has its memory.
  void Write(napi_env env) {
    View numbers;
    if (!Read(env, numbers_, &numbers) || numbers.length != kNumberSlots) return;
    double* slots = static_cast<double*>(numbers.data);

    View views[kArguments];
    if (outcome_.status == SEMD_OK) {
      for (const Argument output : kOutputs) {
        if (!outputs_[output].IsSet()) continue;
        if (!Read(env, outputs_[output], &views[output]) || views[output].length != lengths_[output]) {
          refuse_call(slots, kOutputGone, output);
          return;
        }
      }
      for (const Argument output : kOutputs) {
        if (!outputs_[output].IsSet() || lengths_[output] == 0) continue;
        const float* source = output == kGradient ? problem_.gradient : problem_.losses;
        std::memcpy(views[output].data, source, views[output].Bytes());
      }
    }
    write_result(slots, outcome_.status, result_);
  }

  HostBlock memory_;
  const GroundPtr ground_;
  const StreamPtr stream_;  // null on the CPU
  semd_problem problem_;
  Outcome outcome_{SEMD_INVALID_PROBLEM, ""};  // until it has run
  semd_result result_{};
  Reference numbers_;
  Reference outputs_[kArguments];
  size_t lengths_[kArguments] = {};  // lengths of the outputs that are wanted
};

napi_value StartTask(napi_env env, const napi_value* arguments, Environment& environment) {
  Call call;
  if (!call.Read(env, arguments, environment)) return nullptr;
  StreamPtr stream;
  if (call.ground->device != Ground::kCpu &&
      (!FindStream(env, arguments[kStream], environment, call.ground->device, &stream) || stream->captured())) {
    refuse_call(call.numbers, kBadArgument, kStream);
    return nullptr;
  }
  // The owner of a foreign stream may begin to capture it before the worker has begun. So the work goes to the package's own
  // stream, behind what has been enqueued on the foreign one.
  if (stream && stream->foreign()) {
    const StreamPtr own = OwnStream(environment, stream->cuda(), stream->device());
    semd_status status = stream->Mark();
    if (status == SEMD_OK) status = own->WaitFor(*stream);
    if (status != SEMD_OK) {
      napi_throw(env, MakeError(env, environment, "the loss", OutcomeOf(stream->cuda(), status)));
      return nullptr;
    }
    stream = own;
  }
  try {
    auto task = std::make_unique<Task>(call, environment, std::move(stream));
    if (task->Remember(env, call, arguments)) return Background::Start(env, std::move(task));
    napi_throw_error(env, nullptr, "evaluateAsync: the call could not be queued");
  } catch (const std::bad_alloc&) {
    call.numbers[kStatus] = SEMD_OUT_OF_MEMORY;
  }
  return nullptr;
}

}  // namespace

napi_value EvaluateAsync(napi_env env, napi_callback_info info) {
  return GuardCallback<kArguments>(env, info, [env](const napi_value* arguments, Environment& environment) {
    return StartTask(env, arguments, environment);
  });
}

}  // namespace semd::napi
