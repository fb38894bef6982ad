#include "staged_loss.h"

#include <new>

#include "../../core/labels.h"
#include "../gpu/cuda_library.h"
#include "../gpu/device_block.h"
#include "host_inputs.h"

namespace semd::napi {
namespace {

semd_status Solve(const semd_cuda_table& cuda, const Ground& ground, void* stream, const semd_problem& host,
                  semd_result* result) {
  const size_t columns = static_cast<size_t>(host.outer * host.inner) * sizeof(float);
  const size_t matrix = columns * static_cast<size_t>(host.classes);
  semd_cuda_problem call{};
  call.device = ground.device;
  call.float_type = SEMD_FLOAT32;
  call.stream = stream;
  semd_problem& problem = call.problem;
  problem = host;
  problem.target_kind = device_target_kind(host.target_kind);

  DeviceBlock block(cuda, ground.device, stream);
  semd_status status = UploadInputs(host, host.losses ? columns : 0, block, nullptr, &problem);
  if (status != SEMD_OK) return status;
  // The gradient overwrites the predictions, which are a copy.
  if (host.gradient) problem.gradient = const_cast<float*>(problem.predictions);
  if (host.losses) problem.losses = static_cast<float*>(block.Take(columns));

  semd_cuda_pending* pending = nullptr;
  status = cuda.loss_enqueue(&call, &pending);
  if (status == SEMD_OK) status = cuda.loss_wait(pending, result);
  const auto download = [&](float* to, const float* from, size_t bytes) {
    if (to && status == SEMD_OK) status = block.Copy(to, from, bytes, SEMD_DEVICE_TO_HOST);
  };
  download(host.gradient, problem.gradient, matrix);
  download(host.losses, problem.losses, columns);
  return status != SEMD_OK ? status : cuda.stream_synchronize(ground.device, stream);
}

}  // namespace

Outcome SolveStaged(const Ground& ground, void* stream, const semd_problem& problem, semd_result* result) {
  const semd_cuda_table& cuda = *TheCudaLibrary().table;
  const semd_status checked = semd_cpu_check(&problem, result);
  if (checked != SEMD_OK) return Outcome{checked, ""};
  try {
    return OutcomeOf(cuda, Solve(cuda, ground, stream, problem, result));
  } catch (const std::bad_alloc&) {
    return Outcome{SEMD_OUT_OF_MEMORY, ""};
  }
}

}  // namespace semd::napi
