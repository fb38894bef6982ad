#include "staged_loss.h"

#include <new>
#include <vector>

#include "../gpu/cuda_library.h"
#include "../gpu/device_block.h"
#include "labels.h"

namespace semd::napi {
namespace {

class StagedLoss {
 public:
  StagedLoss(const semd_cuda_table& cuda, const Ground& ground, void* stream, const semd_problem& host)
      : cuda_(cuda), device_(ground.device), stream_(stream), host_(host), block_(cuda, ground.device, stream) {
    const size_t rows = static_cast<size_t>(host.outer * host.inner);
    const size_t classes = static_cast<size_t>(host.classes);
    const size_t targets = is_distribution(host.target_kind) ? rows * classes : rows;
    matrix_bytes_ = rows * classes * sizeof(float);
    column_bytes_ = rows * sizeof(float);
    class_bytes_ = classes * sizeof(float);
    target_bytes_ = targets * DeviceElementBytes(host.target_kind);
    if (device_target_kind(host.target_kind) != host.target_kind) {
      widened_.resize(target_bytes_);
      CopyTargets(host.target_kind, host.targets, targets, widened_.data());
    }
  }

  semd_status Run(semd_result* result) {
    semd_cuda_problem problem{};
    problem.problem = host_;
    problem.problem.target_kind = device_target_kind(host_.target_kind);
    problem.device = device_;
    problem.float_type = SEMD_FLOAT32;
    problem.stream = stream_;
    semd_status status = Upload(problem.problem);
    semd_cuda_pending* pending = nullptr;
    if (status == SEMD_OK) status = cuda_.loss_enqueue(&problem, &pending);
    if (status == SEMD_OK) status = cuda_.loss_wait(pending, result);
    if (status == SEMD_OK) status = Download(host_.gradient, problem.problem.gradient, matrix_bytes_);
    if (status == SEMD_OK) status = Download(host_.losses, problem.problem.losses, column_bytes_);
    return status != SEMD_OK ? status : cuda_.stream_synchronize(device_, stream_);
  }

 private:
  semd_status Upload(semd_problem& problem) {
    size_t bytes = DeviceBlock::Aligned(matrix_bytes_) + DeviceBlock::Aligned(target_bytes_);
    if (host_.class_weights) bytes += DeviceBlock::Aligned(class_bytes_);
    for (const float* column : {host_.sample_weights, host_.upstream_rows, static_cast<const float*>(host_.losses)}) {
      if (column) bytes += DeviceBlock::Aligned(column_bytes_);
    }
    semd_status status = block_.Allocate(bytes);
    const auto up = [&](const void* from, size_t size) -> void* {
      if (!from || status != SEMD_OK) return nullptr;
      void* to = block_.Take(size);
      status = cuda_.copy(device_, stream_, to, from, size, SEMD_HOST_TO_DEVICE);
      return to;
    };
    auto* predictions = static_cast<float*>(up(host_.predictions, matrix_bytes_));
    problem.predictions = predictions;
    problem.targets = up(widened_.empty() ? host_.targets : widened_.data(), target_bytes_);
    problem.class_weights = static_cast<const float*>(up(host_.class_weights, class_bytes_));
    problem.sample_weights = static_cast<const float*>(up(host_.sample_weights, column_bytes_));
    problem.upstream_rows = static_cast<const float*>(up(host_.upstream_rows, column_bytes_));
    // The gradient takes the place of the predictions.
    problem.gradient = host_.gradient ? predictions : nullptr;
    problem.losses = host_.losses ? static_cast<float*>(block_.Take(column_bytes_)) : nullptr;
    return status;
  }

  semd_status Download(void* to, const void* from, size_t bytes) {
    return to ? cuda_.copy(device_, stream_, to, from, bytes, SEMD_DEVICE_TO_HOST) : SEMD_OK;
  }

  const semd_cuda_table& cuda_;
  const int32_t device_;
  void* const stream_;
  const semd_problem& host_;
  DeviceBlock block_;
  size_t matrix_bytes_, column_bytes_, class_bytes_, target_bytes_;
  std::vector<char> widened_;
};

}  // namespace

Outcome SolveStaged(const Ground& ground, void* stream, const semd_problem& problem, semd_result* result) {
  const semd_cuda_table& cuda = *TheCudaLibrary().table;
  const semd_status checked = semd_cpu_check(&problem, result);
  if (checked != SEMD_OK) return Outcome{checked, ""};
  try {
    return OutcomeOf(cuda, StagedLoss(cuda, ground, stream, problem).Run(result));
  } catch (const std::bad_alloc&) {
    return Outcome{SEMD_OUT_OF_MEMORY, ""};
  }
}

}  // namespace semd::napi
