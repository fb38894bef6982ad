// An asynchronous call. JavaScript can detach or shrink a buffer at any time and native code cannot pin it, so that the
// worker thread sees nothing but copies.
//
// A `Task` owns the copies, shares the ground distance, and holds references to the arrays to write. It is made on the
// JavaScript thread, and destroyed there by `Complete`, which Node calls also when the environment is torn down: a
// worker that is terminated waits for its tasks.
#include <cstring>
#include <memory>

#include "call.h"
#include "evaluate.h"
#include "staging.h"

namespace semd::napi {
namespace {

struct Task {
  Staging memory;
  std::shared_ptr<const Ground> ground;
  semd_problem problem;
  semd_status status = SEMD_INVALID_PROBLEM;  // until it has run
  semd_result result{};
  size_t lengths[kArguments] = {};  // of the outputs that are wanted

  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  napi_ref numbers = nullptr;
  napi_ref outputs[kArguments] = {};

  explicit Task(size_t bytes) : memory(bytes) {}

  void Release(napi_env env) {
    if (work) napi_delete_async_work(env, work);
    if (numbers) napi_delete_reference(env, numbers);
    for (napi_ref output : outputs) {
      if (output) napi_delete_reference(env, output);
    }
  }
};

constexpr Argument kOutputs[] = {kGradient, kLosses};
constexpr Argument kInputs[] = {kPredictions, kTargets, kClassWeights, kSampleWeights, kUpstream};

// Copies the inputs and points the problem at the copies. The gradient takes the place of the copied predictions.
std::unique_ptr<Task> Stage(const Call& call) {
  size_t bytes = 0;
  for (const Argument input : kInputs) bytes += call.present[input] ? Staging::Aligned(call.views[input].Bytes()) : 0;
  if (call.present[kLosses]) bytes += Staging::Aligned(call.views[kLosses].Bytes());

  auto task = std::make_unique<Task>(bytes);
  task->ground = call.ground->ground;
  task->problem = call.problem;
  const auto copy = [&](Argument input) -> void* {
    if (!call.present[input]) return nullptr;
    const View& view = call.views[input];
    void* target = task->memory.Take(view.Bytes());
    if (view.length != 0) std::memcpy(target, view.data, view.Bytes());
    return target;
  };
  semd_problem& problem = task->problem;
  float* predictions = static_cast<float*>(copy(kPredictions));
  problem.predictions = predictions;
  problem.targets = copy(kTargets);
  problem.class_weights = static_cast<const float*>(copy(kClassWeights));
  problem.sample_weights = static_cast<const float*>(copy(kSampleWeights));
  problem.upstream_rows = static_cast<const float*>(copy(kUpstream));
  if (call.present[kGradient]) problem.gradient = predictions;
  if (call.present[kLosses]) problem.losses = static_cast<float*>(task->memory.Take(call.views[kLosses].Bytes()));
  return task;
}

void Execute(napi_env, void* data) {
  Task& task = *static_cast<Task*>(data);
  task.status = Solve(*task.ground, task.problem, &task.result);
}

// Writes nothing unless every output is still what it was.
void Deliver(napi_env env, Task& task) {
  const auto read = [env](napi_ref reference, View* view) {
    napi_value value = nullptr;
    return napi_get_reference_value(env, reference, &value) == napi_ok && value && View::Read(env, value, view);
  };
  View numbers;
  if (!read(task.numbers, &numbers) || numbers.length != kNumberSlots) return;
  double* slots = static_cast<double*>(numbers.data);

  View views[kArguments];
  if (task.status == SEMD_OK) {
    for (const Argument output : kOutputs) {
      if (!task.outputs[output]) continue;
      if (!read(task.outputs[output], &views[output]) || views[output].length != task.lengths[output]) {
        slots[kStatus] = kOutputGone;
        slots[kWhich] = output;
        return;
      }
    }
    for (const Argument output : kOutputs) {
      if (!task.outputs[output] || task.lengths[output] == 0) continue;
      const float* source = output == kGradient ? task.problem.gradient : task.problem.losses;
      std::memcpy(views[output].data, source, views[output].Bytes());
    }
  }
  WriteResult(slots, task.status, task.result);
}

// No call is checked: while the environment is torn down they fail, and there is nobody left to tell.
void Complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Task> task(static_cast<Task*>(data));
  Deliver(env, *task);
  task->Release(env);
  napi_value undefined = nullptr;
  napi_get_undefined(env, &undefined);
  napi_resolve_deferred(env, task->deferred, undefined);
}

bool Reference(napi_env env, napi_value value, napi_ref* reference) {
  return napi_create_reference(env, value, 1, reference) == napi_ok;
}

// True once the task is queued.
bool Start(napi_env env, const Call& call, const napi_value* arguments, Task* task, napi_value* promise) {
  if (!Reference(env, arguments[kNumbers], &task->numbers)) return false;
  for (const Argument output : kOutputs) {
    if (!call.present[output]) continue;
    task->lengths[output] = call.views[output].length;
    if (!Reference(env, arguments[output], &task->outputs[output])) return false;
  }
  napi_value name = nullptr;
  return napi_create_string_utf8(env, "squared_emd", NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_create_async_work(env, nullptr, name, Execute, Complete, task, &task->work) == napi_ok &&
         napi_create_promise(env, &task->deferred, promise) == napi_ok && napi_queue_async_work(env, task->work) == napi_ok;
}

}  // namespace

napi_value EvaluateAsync(napi_env env, napi_callback_info info) {
  napi_value arguments[kArguments];
  size_t count = kArguments;
  void* environment = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &environment);

  Call call;
  if (!call.Read(env, arguments, *static_cast<Environment*>(environment))) return nullptr;
  try {
    std::unique_ptr<Task> task = Stage(call);
    napi_value promise = nullptr;
    if (Start(env, call, arguments, task.get(), &promise)) {
      task.release();
      return promise;
    }
    task->Release(env);
    napi_throw_error(env, nullptr, "evaluateAsync: the call could not be queued");
  } catch (const std::bad_alloc&) {
    call.numbers[kStatus] = SEMD_OUT_OF_MEMORY;
  }
  return nullptr;
}

}  // namespace semd::napi
