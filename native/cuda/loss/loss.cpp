#include "loss.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "../../core/normalization.h"
#include "../../core/validity.h"
#include "../grounds/ground.h"
#include "../grounds/kind.h"
#include "../runtime/capture.h"
#include "../runtime/device.h"
#include "../runtime/errors.h"
#include "../runtime/scratch.h"
#include "plan.h"
#include "../kernels/energy_product.h"
#include "../kernels/row_kinds.h"
#include "../kernels/weights.h"

// A result on its way to the host: the page-locked memory to which it is copied, and the event that follows the copy.
struct semd_cuda_pending {
  int32_t device;
  semd::cuda::DeviceResult* result;
  cudaEvent_t copied;
};

namespace semd::cuda {
namespace {

// Pending results are used again, as making one takes longer than a small call.
class PendingPool {
 public:
  semd_status take(int32_t device, semd_cuda_pending** out) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      for (size_t i = 0; i < idle_.size(); i++) {
        if (idle_[i]->device != device) continue;
        *out = idle_[i];
        idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(i));
        return SEMD_OK;
      }
    }
    return make(device, out);
  }

  void give_back(semd_cuda_pending* pending) {
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(pending);
  }

 private:
  static semd_status make(int32_t device, semd_cuda_pending** out) {
    const OutsideCapture outside;
    semd_cuda_pending made{device, nullptr, nullptr};
    semd_status status = check(cudaHostAlloc(reinterpret_cast<void**>(&made.result), sizeof(DeviceResult), cudaHostAllocDefault),
                               "cudaHostAlloc");
    if (status != SEMD_OK) return status;
    status = check(cudaEventCreateWithFlags(&made.copied, cudaEventDisableTiming), "cudaEventCreate");
    if (status == SEMD_OK) {
      *out = new (std::nothrow) semd_cuda_pending(made);
      if (*out) return SEMD_OK;
      cudaEventDestroy(made.copied);
      status = SEMD_OUT_OF_MEMORY;
    }
    cudaFreeHost(made.result);
    return status;
  }

  std::mutex mutex_;
  std::vector<semd_cuda_pending*> idle_;
};

PendingPool& pending_pool() {
  static PendingPool* one = new PendingPool;
  return *one;
}

float largest_number(int32_t float_type) {
  switch (static_cast<semd_float_type>(float_type)) {
    case SEMD_FLOAT32: return std::numeric_limits<float>::max();
    case SEMD_FLOAT16: return 65504.0f;
    case SEMD_BFLOAT16: return 0x1.fep127f;
  }
  return 0;
}

bool is_aligned(const void* memory, size_t bytes) { return reinterpret_cast<uintptr_t>(memory) % bytes == 0; }

bool is_valid(const semd_cuda_problem& call) {
  const semd_problem& p = call.problem;
  if (!p.ground) return false;
  const DeviceGround& ground = device_ground(p.ground);
  return semd::is_valid(p, ground.view.classes) && is_device_target_kind(p.target_kind) && is_float_type(call.float_type) &&
         ground.device == call.device;
}

RowProblem row_problem(const semd_cuda_problem& call) {
  const semd_problem& p = call.problem;
  const DeviceGround& ground = device_ground(p.ground);
  RowProblem out{};
  out.rows = p.outer * p.inner;
  out.inner = p.inner;
  out.opens = out.closes = 1;
  out.inverse_inner = 1.0 / static_cast<double>(p.inner);
  const auto classes = static_cast<uint64_t>(p.classes);
  out.inverse_classes = static_cast<uint32_t>(((uint64_t{1} << 32) + classes - 1) / classes);
  out.classes = p.classes;
  out.power = p.power;
  out.input = p.input;
  out.reduction = p.reduction;
  out.target_kind = p.target_kind;
  out.float_type = call.float_type;
  out.has_ignore_index = p.has_ignore_index;
  out.ignore_index = p.ignore_index;
  out.predictions = p.predictions;
  out.targets = p.targets;
  out.class_weights = p.class_weights;
  out.sample_weights = p.sample_weights;
  out.upstream_rows = p.upstream_rows;
  out.gradient = p.gradient;
  out.losses = p.losses;
  out.loss_out = call.loss_out;
  out.cross_entropy_weight = static_cast<float>(p.cross_entropy_weight);
  out.emd_weight = static_cast<float>(p.emd_weight);
  out.upstream = static_cast<float>(p.upstream);
  out.emd_scale = emd_scale(p, ground.terms);
  out.root = takes_root(p);
  const bool mean = p.reduction == SEMD_REDUCE_MEAN;
  const bool weighted = p.class_weights || p.sample_weights;
  out.weighs = mean && (weighted || p.has_ignore_index || out.distribution());
  out.scale = mean ? (out.rows > 0 ? 1.0 / static_cast<double>(out.rows) : 0.0) : 1.0;
  out.scales_rows = weighted || p.upstream_rows || out.weighs || p.has_ignore_index;
  out.plain = !out.scales_rows && !out.root && !p.losses && !out.distribution();
  out.row_scale = static_cast<float>(static_cast<double>(out.upstream) * out.scale);
  out.largest_gradient = largest_number(call.float_type);
  const size_t four = 4 * element_size(call.float_type);
  out.aligned = p.inner == 1 && p.classes % 4 == 0 && is_aligned(p.predictions, four) && is_aligned(p.gradient, four) &&
                (!out.distribution() || is_aligned(p.targets, 16));
  out.packed = p.inner == 1 && static_cast<size_t>(p.classes) * element_size(call.float_type) % 16 == 0 &&
               is_aligned(p.predictions, 16) && is_aligned(p.gradient, 16);
  out.ground = ground.view;
  return out;
}

// The rows of a batch of distributions that are class indices or ignored.
RowProblem index_rows_of(const RowProblem& distributions) {
  RowProblem out = distributions;
  out.target_kind = SEMD_LABELS_INT32;
  out.targets = distributions.kinds;
  out.has_ignore_index = 1;
  out.ignore_index = kIgnoredRow;
  return out;
}

// Kinds lie in front of the workspace, and take a multiple of 256 bytes, which keeps the workspace aligned.
size_t bytes_of_kinds(const RowProblem& problem) {
  return problem.distribution() ? (static_cast<size_t>(problem.rows) * sizeof(int32_t) / 256 + 1) * 256 : 0;
}

// Enqueues what the loss kernels then read: the kinds of rows, and the scale of a mean.
semd_status enqueue_preparation(const RowProblem& problem, const Device& device, cudaStream_t stream) {
  if (problem.kinds) {
    const semd_status status = check(enqueue_row_kinds(problem, device.multiprocessors, stream), "cudaLaunchKernelEx");
    if (status != SEMD_OK) return status;
  }
  const bool counted = problem.kinds && !problem.class_weights && !problem.sample_weights;
  if (!problem.weighs || counted) return SEMD_OK;
  const int blocks = static_cast<int>(std::min<int64_t>(device.multiprocessors * 4, problem.rows / 64 + 1));
  return check(enqueue_mean_scale(problem, blocks, stream), "cudaLaunchKernelEx");
}

semd_status launch(void (*kernel)(RowProblem), RowProblem problem, const Plan& plan, cudaStream_t stream) {
  problem.stages = plan.stages;
  problem.gaps_in_shared = plan.gaps_in_shared;
  problem.group_size = plan.kernel->group_size;
  problem.chunk = plan.kernel->chunk;
  if (plan.workspace_bytes == 0) problem.workspace = nullptr;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(plan.blocks));
  config.blockDim = dim3(static_cast<unsigned>(plan.threads));
  config.dynamicSmemBytes = plan.shared_bytes;
  config.stream = stream;
  cudaLaunchAttribute cluster = cluster_attribute(plan.kernel->cluster);
  config.attrs = &cluster;
  config.numAttrs = plan.kernel->cluster > 1 ? 1 : 0;
  return check(cudaLaunchKernelEx(&config, kernel, problem), "cudaLaunchKernelEx");
}

// A batch of distributions takes two launches: one for the rows that are class indices or ignored, one for the others.
struct Launches {
  Plan plan, index_plan;
  bool has_two;

  bool multiply() const { return product_bytes() > 0; }
  size_t product_bytes() const { return std::max(plan.product_bytes, index_plan.product_bytes); }
  size_t workspace_bytes() const { return std::max(plan.workspace_bytes, index_plan.workspace_bytes); }

  template <class Launch>
  semd_status each(const RowProblem& problem, Launch launch) const {
    const semd_status status = has_two ? launch(index_rows_of(problem), index_plan) : SEMD_OK;
    return status == SEMD_OK ? launch(problem, plan) : status;
  }
};

semd_status plan_launches(const RowProblem& problem, const GroundKind& kind, const Device& device, Launches* out) {
  *out = Launches{};
  out->has_two = problem.distribution();
  const semd_status status = make_plan(kind.kernels(problem), problem, device, &out->plan);
  if (status != SEMD_OK || !out->has_two) return status;
  const RowProblem index_rows = index_rows_of(problem);
  return make_plan(kind.kernels(index_rows), index_rows, device, &out->index_plan);
}

// How many rows of an energy have their masses and products in memory at a time.
int64_t rows_at_once(const RowProblem& problem, const Launches& launches, const Device& device) {
  constexpr size_t kMostBytes = 128 << 20;
  if (!launches.multiply()) return problem.rows;
  const auto most = static_cast<int64_t>(std::min(max_workspace(device), kMostBytes) / launches.product_bytes());
  return std::min(problem.rows, std::max<int64_t>(1, most < 64 ? most : most / 64 * 64));
}

semd_status enqueue_some_rows(const RowProblem& problem, const Launches& launches, const Device& device, cudaStream_t stream) {
  semd_status status = SEMD_OK;
  if (launches.multiply()) {
    status = launches.each(problem, [&](RowProblem of_launch, const Plan& plan) {
      of_launch.gradient = nullptr;
      return plan.kernel->first_pass ? launch(plan.kernel->first_pass, of_launch, plan, stream) : SEMD_OK;
    });
    if (status == SEMD_OK) status = check(enqueue_energy_product(problem, device.multiprocessors, stream), "cudaLaunchKernelEx");
  }
  if (status != SEMD_OK) return status;
  return launches.each(problem, [&](const RowProblem& of_launch, const Plan& plan) {
    return launch(plan.kernel->function, of_launch, plan, stream);
  });
}

semd_status enqueue_rows(RowProblem& problem, const GroundKind& kind, const Device& device, Scratch& scratch,
                         cudaStream_t stream) {
  Launches launches;
  semd_status status = plan_launches(problem, kind, device, &launches);
  if (status != SEMD_OK) return status;
  const int64_t step = rows_at_once(problem, launches, device);
  const size_t kinds = bytes_of_kinds(problem);
  const size_t products = static_cast<size_t>(step) * launches.product_bytes();
  status = grow_workspace(scratch, kinds + std::max(products, launches.workspace_bytes()));
  if (status != SEMD_OK) return status;
  problem.partials = scratch.partials;
  problem.result = scratch.result;
  problem.kinds = problem.distribution() ? reinterpret_cast<int32_t*>(scratch.workspace) : nullptr;
  problem.workspace = scratch.workspace + kinds / sizeof(double);
  if (launches.multiply()) {
    problem.masses = reinterpret_cast<float*>(problem.workspace);
    problem.products = problem.masses + products / sizeof(float) / 2;
  }
  status = enqueue_preparation(problem, device, stream);
  for (int64_t first = 0; status == SEMD_OK && (first == 0 || first < problem.rows); first += step) {
    RowProblem some = problem;
    some.first_row = first;
    some.rows = std::min(first + step, problem.rows);
    some.opens = first == 0;
    some.closes = some.rows == problem.rows;
    status = enqueue_some_rows(some, launches, device, stream);
    if (step == 0) break;  // the batch is empty
  }
  return status;
}

semd_status enqueue_result(const RowProblem& problem, int32_t device, cudaStream_t stream, semd_cuda_pending** pending) {
  semd_status status = pending_pool().take(device, pending);
  if (status != SEMD_OK) return status;
  status = check(cudaMemcpyAsync((*pending)->result, problem.result, sizeof(DeviceResult), cudaMemcpyDeviceToHost, stream),
                 "cudaMemcpyAsync");
  // After an error nobody knows when the copy ends, so the pending result is not used again.
  return status == SEMD_OK ? check(cudaEventRecord((*pending)->copied, stream), "cudaEventRecord") : status;
}

semd_status enqueue(const semd_cuda_problem& call, semd_cuda_pending** pending) {
  const Device* device = nullptr;
  semd_status status = use_device(call.device, &device);
  if (status != SEMD_OK) return status;
  const cudaStream_t stream = stream_of(call.device, call.stream);
  ScratchOwner owner;
  status = scratch_owner(stream, &owner);
  if (status != SEMD_OK) return status;
  if (owner.capture && pending) return fail("a result cannot be read back while its stream is captured", nullptr);
  std::shared_ptr<Scratch> scratch;
  status = scratch_of(*device, owner, &scratch);
  if (status != SEMD_OK) return status;

  const std::lock_guard<std::mutex> lock(scratch->enqueueing);
  RowProblem problem = row_problem(call);
  status = enqueue_rows(problem, *device_ground(call.problem.ground).kind, *device, *scratch, stream);
  if (status != SEMD_OK || !pending) return status;
  return enqueue_result(problem, call.device, stream, pending);
}

}  // namespace

semd_status loss_enqueue(const semd_cuda_problem* call, semd_cuda_pending** pending) {
  if (!is_valid(*call)) return SEMD_INVALID_PROBLEM;
  try {
    return enqueue(*call, pending);
  } catch (const std::bad_alloc&) {
    return SEMD_OUT_OF_MEMORY;
  }
}

semd_status loss_wait(semd_cuda_pending* pending, semd_result* result) {
  const OutsideCapture outside;
  const semd_status status = check(cudaEventSynchronize(pending->copied), "cudaEventSynchronize");
  const DeviceResult& from = *pending->result;
  *result = semd_result{};
  result->loss = from.loss;
  result->cross_entropy = from.cross_entropy;
  result->emd = from.emd;
  result->rows = from.rows;
  result->non_finite = from.non_finite;
  result->first_non_finite = from.non_finite_row == kNoRow ? -1 : static_cast<double>(from.non_finite_row);
  const bool bad_label = from.bad_row != kNoRow;
  if (bad_label) {
    result->index = static_cast<int64_t>(from.bad_row);
    result->value = static_cast<double>(from.bad_label);
  }
  pending_pool().give_back(pending);
  if (status != SEMD_OK) return status;
  return bad_label ? SEMD_INVALID_LABEL : SEMD_OK;
}

}  // namespace semd::cuda
