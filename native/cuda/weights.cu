// The divisor of a mean over weighted rows, which every gradient needs before the first row is done.
#include "weights.h"

#include "block_sums.cuh"
#include "shared_memory.h"
#include "arithmetic.cuh"
#include "targets.cuh"

namespace semd::cuda {
namespace {

constexpr int kThreads = 256;

// sum_k t_k classWeight_k; 1 for what is no distribution, which counts with its sample weight alone. A warp's work.
__device__ double distribution_weight(const RowProblem& problem, int64_t row) {
  const int64_t outer = row / problem.inner;
  const float* targets = static_cast<const float*>(problem.targets) + outer * problem.classes * problem.inner +
                         (row - outer * problem.inner);
  Warp warp(nullptr);
  double mass = 0, weight = 0;
  bool negative = false;
  for (int i = warp.rank; i < problem.classes; i += 32) {
    const float t = targets[i * problem.inner];
    negative = negative || t < 0;
    mass += t;
    weight += static_cast<double>(t) * problem.class_weights[i];
  }
  mass = warp.sum(mass);
  weight = warp.sum(weight);
  const bool valid = !warp.any(negative) && fabs(mass - 1) <= kDistributionTolerance;
  return valid ? weight : 1;
}

__device__ double index_weight(const RowProblem& problem, int64_t row) {
  const Label label = label_of(problem, row);
  if (label.ignored) return 0;
  // What is no class counts with its sample weight alone.
  return problem.class_weights && !label.bad ? problem.class_weights[label.index] : 1;
}

__global__ void __launch_bounds__(kThreads) weights_kernel(const RowProblem problem) {
  const bool by_warp = problem.distribution() && problem.class_weights;
  const int64_t lanes = by_warp ? 32 : 1;
  const int64_t step = static_cast<int64_t>(gridDim.x) * kThreads / lanes;
  Partial sums{};
  for (int64_t row = (static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x) / lanes; row < problem.rows; row += step) {
    const double sample = sample_weight(problem, row);
    const double by_class = by_warp                  ? distribution_weight(problem, row)
                            : problem.distribution() ? 1
                                                     : index_weight(problem, row);
    if (!by_warp || threadIdx.x % 32 == 0) sums.rows += sample == 0 ? 0 : sample * by_class;
  }
  Block block(shared_memory<char>());
  Partial all;
  if (add_up_blocks(block, sums, problem.partials, problem.result, all) && threadIdx.x == 0) {
    problem.result->mean_scale = all.rows > 0 ? 1 / all.rows : 0;
  }
}

}  // namespace

cudaError_t enqueue_mean_scale(const RowProblem& problem, int blocks, cudaStream_t stream) {
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(blocks));
  config.blockDim = dim3(kThreads);
  config.dynamicSmemBytes = kSumBytes;
  config.stream = stream;
  return cudaLaunchKernelEx(&config, weights_kernel, problem);
}

}  // namespace semd::cuda
