// Computes the divisor of a mean over weighted rows, the sum of the row weights, which every gradient needs before the first
// row is done.
#include "weights.h"

#include "../block/block_sums.cuh"
#include "masses.cuh"
#include "../block/shared_memory.h"
#include "targets.cuh"

namespace semd::cuda {
namespace {

constexpr int kThreads = 256;

// The mean class weight under a distribution, sum_k t_k classWeight_k / S; 1 if it is invalid, so that its sample weight alone
// counts. The lanes of a warp work together.
__device__ double distribution_weight(const RowProblem& problem, int64_t row) {
  const float* masses = static_cast<const float*>(problem.targets) + first_element(problem, row);
  Warp warp(nullptr);
  double sum = 0, weight = 0;
  bool valid = true;
  for (int i = warp.rank; i < problem.classes; i += 32) {
    const float t = masses[i * problem.inner];
    const double mass = exact_mass(t);
    valid = valid && is_mass(bits_of_mass(t));
    sum += mass;
    weight += mass * problem.class_weights[i];
  }
  sum = warp.sum(sum);
  weight = warp.sum(weight);
  return warp.any(!valid) ? 1 : weight / sum;
}

// The class weight of a row that is a class index; 1 for a distribution of several classes, which is weighed afterwards.
__device__ double index_weight(const RowProblem& problem, int64_t row) {
  if (problem.kinds) {
    const int kind = problem.kinds[row];
    return kind == kIgnoredRow ? 0 : problem.class_weights && kind >= 0 ? problem.class_weights[kind] : 1;
  }
  const Label label = label_of(problem, row);
  if (label.ignored) return 0;
  // A row whose label is out of range counts with its sample weight alone.
  return problem.class_weights && !label.bad ? problem.class_weights[label.index] : 1;
}

// The lanes of a warp weigh distributions together, but each row is added up by the thread that would add up a class index, so
// that the sum has the same terms in the same order for one-hot rows as for class indices.
__global__ void __launch_bounds__(kThreads) weights_kernel(const RowProblem problem) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * kThreads;
  Partial sums{};
  for (int64_t begin = static_cast<int64_t>(blockIdx.x) * kThreads; begin < problem.rows; begin += step) {
    const int64_t row = begin + threadIdx.x;
    const bool exists = row < problem.rows;
    const bool mixed = problem.kinds && exists && problem.kinds[row] == kDistributionRow;
    double by_class = exists ? index_weight(problem, row) : 0;
    const int64_t first = row - threadIdx.x % 32;
    for (unsigned left = problem.kinds && problem.class_weights ? __ballot_sync(kWholeWarp, mixed) : 0; left; left &= left - 1) {
      const int lane = __ffs(static_cast<int>(left)) - 1;
      const double weight = distribution_weight(problem, first + lane);
      if (static_cast<int>(threadIdx.x % 32) == lane) by_class = weight;
    }
    const double sample = exists ? sample_weight(problem, row) : 0;
    sums.rows += sample == 0 ? 0 : sample * by_class;
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
