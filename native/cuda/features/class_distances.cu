// Distances between classes: those between their centroids, scaled by rank, by the largest or the mean distance, or not at all
// (mathematics, "Learned distances"). A class without a centroid has distances of NaN, which become the same distance to all
// others, as the scale has it.
#include "centroids.h"
#include "../runtime/device.h"
#include "../runtime/elementwise.h"
#include "../runtime/errors.h"
#include "../../core/validity.h"
#include "../block/groups.cuh"
#include "../block/shared_sizes.h"
#include "pairwise.h"
#include "../block/shared_memory.h"
#include "../runtime/streams.h"

namespace semd::cuda {
namespace {

constexpr int kThreads = kElementwiseThreads;
constexpr int kTile = 1024;  // distances of a row in shared memory at a time

// Of the entries of one row above the diagonal, and then of all rows.
struct Extremes {
  double most, sum, pairs;
};

// R_ij, the number of classes nearer to i than j is; a distance of NaN is nearer than none.
__global__ void __launch_bounds__(kThreads, 2) rank_kernel(const float* distances, int32_t classes, float* ranks) {
  auto* tile = shared_memory<float>();
  for (int64_t i = blockIdx.x; i < classes; i += gridDim.x) {
    const float* row = distances + i * classes;
    for (int64_t begin = 0; begin < classes; begin += kThreads) {
      const int64_t j = begin + threadIdx.x;
      const float own = j < classes ? row[j] : 0.0f;
      int nearer = 0;
      for (int64_t first = 0; first < classes; first += kTile) {
        const int count = classes - first < kTile ? static_cast<int>(classes - first) : kTile;
        __syncthreads();
        for (int l = static_cast<int>(threadIdx.x); l < count; l += kThreads) tile[l] = row[first + l];
        __syncthreads();
        for (int l = 0; l < count; l++) nearer += tile[l] < own ? 1 : 0;
      }
      if (j < classes) ranks[i * classes + j] = static_cast<float>(nearer);
    }
  }
}

__global__ void __launch_bounds__(kThreads, 2) combine_ranks_kernel(const float* ranks, int32_t classes, float* distances) {
  const int64_t count = static_cast<int64_t>(classes) * classes, step = static_cast<int64_t>(gridDim.x) * kThreads;
  const double scale = 0.5 / (classes - 1);
  for (int64_t at = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x; at < count; at += step) {
    const int64_t i = at / classes, j = at % classes;
    const double both = static_cast<double>(ranks[at]) + static_cast<double>(ranks[j * classes + i]);
    distances[at] = i == j ? 0.0f : isnan(distances[at]) ? 1.0f : static_cast<float>(both * scale);
  }
}

__device__ __forceinline__ Extremes add_up(Block& block, const Extremes& own) {
  return {static_cast<double>(block.max(static_cast<float>(own.most))), block.sum(own.sum), block.sum(own.pairs)};
}

__global__ void __launch_bounds__(kThreads, 2) extremes_kernel(const float* distances, int32_t classes, Extremes* rows) {
  Block block(shared_memory<char>());
  for (int64_t i = blockIdx.x; i < classes; i += gridDim.x) {
    Extremes own{};
    for (int64_t j = i + 1 + threadIdx.x; j < classes; j += kThreads) {
      const double d = distances[i * classes + j];
      if (isnan(d)) continue;
      own.most = d > own.most ? d : own.most;
      own.sum += d;
      own.pairs += 1;
    }
    const Extremes all = add_up(block, own);
    if (threadIdx.x == 0) rows[i] = all;
  }
}

// One block adds up the rows and leaves the result in rows[0].
__global__ void __launch_bounds__(kThreads, 2) all_extremes_kernel(int32_t classes, Extremes* rows) {
  Block block(shared_memory<char>());
  Extremes own{};
  for (int64_t i = threadIdx.x; i < classes; i += kThreads) {
    own.most = rows[i].most > own.most ? rows[i].most : own.most;
    own.sum += rows[i].sum;
    own.pairs += rows[i].pairs;
  }
  const Extremes all = add_up(block, own);
  __syncthreads();
  if (threadIdx.x == 0) rows[0] = all;
}

__global__ void __launch_bounds__(kThreads, 2)
    scale_kernel(const Extremes* all, int32_t classes, int32_t scale, float* distances) {
  const double most = all->most, mean = all->pairs > 0 ? all->sum / all->pairs : 0.0;
  const double unit = scale == SEMD_SCALE_MAX ? most : scale == SEMD_SCALE_MEAN ? mean : 1.0;
  const double factor = unit > 0 ? 1 / unit : 0.0;
  const float far = scale == SEMD_SCALE_MAX || all->pairs == 0 ? 1.0f : static_cast<float>(most * factor);
  const int64_t count = static_cast<int64_t>(classes) * classes, step = static_cast<int64_t>(gridDim.x) * kThreads;
  for (int64_t at = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x; at < count; at += step) {
    const float d = distances[at];
    distances[at] = at / classes == at % classes ? 0.0f : isnan(d) ? far : static_cast<float>(d * factor);
  }
}

__global__ void __launch_bounds__(kThreads, 2)
    mix_kernel(float* distances, size_t count, double factor, const float* prior, double prior_weight) {
  const size_t step = static_cast<size_t>(gridDim.x) * kThreads;
  for (size_t at = static_cast<size_t>(blockIdx.x) * kThreads + threadIdx.x; at < count; at += step) {
    const double own = factor * distances[at];
    distances[at] = static_cast<float>(prior ? prior_weight * prior[at] + own : own);
  }
}

}  // namespace

size_t class_distances_scratch(int32_t classes, int32_t scale) {
  const auto count = static_cast<size_t>(classes);
  return scale == SEMD_SCALE_RANK ? count * count * sizeof(float) : count * sizeof(Extremes);
}

semd_status class_distances(int32_t index, void* stream, const float* centroids, int32_t classes, int64_t features,
                            int32_t scale, void* scratch, float* out) {
  if (classes < kFewestClasses || !is_scale(scale)) return SEMD_INVALID_PROBLEM;
  const Device* device = nullptr;
  semd_status status = use_device(index, &device);
  if (status == SEMD_OK) status = pairwise_distances(index, stream, centroids, classes, features, out);
  if (status != SEMD_OK) return status;
  const cudaStream_t queue = stream_of(index, stream);
  const auto count = static_cast<size_t>(classes);
  const auto by_row = [&](size_t shared_bytes) { return striding(*device, queue, count, shared_bytes); };
  const auto by_element = elementwise(*device, queue, count * count);
  if (scale == SEMD_SCALE_RANK) {
    auto* ranks = static_cast<float*>(scratch);
    const auto ranking = by_row(kTile * sizeof(float));
    status = check(cudaLaunchKernelEx(&ranking, rank_kernel, static_cast<const float*>(out), classes, ranks), "rank_kernel");
    if (status != SEMD_OK) return status;
    return check(cudaLaunchKernelEx(&by_element, combine_ranks_kernel, static_cast<const float*>(ranks), classes, out),
                 "combine_ranks_kernel");
  }
  auto* extremes = static_cast<Extremes*>(scratch);
  const auto measuring = by_row(kSumBytes), adding = striding(*device, queue, 1, kSumBytes);
  status = check(cudaLaunchKernelEx(&measuring, extremes_kernel, static_cast<const float*>(out), classes, extremes),
                 "extremes_kernel");
  if (status == SEMD_OK) status = check(cudaLaunchKernelEx(&adding, all_extremes_kernel, classes, extremes),
                                        "all_extremes_kernel");
  if (status != SEMD_OK) return status;
  return check(cudaLaunchKernelEx(&by_element, scale_kernel, static_cast<const Extremes*>(extremes), classes, scale, out),
               "scale_kernel");
}

semd_status mix_distances(int32_t index, void* stream, float* distances, size_t count, double factor, const float* prior,
                          double prior_weight) {
  const Device* device = nullptr;
  const semd_status status = use_device(index, &device);
  if (status != SEMD_OK) return status;
  const auto by_element = elementwise(*device, stream_of(index, stream), count);
  return check(cudaLaunchKernelEx(&by_element, mix_kernel, distances, count, factor, prior, prior_weight), "mix_kernel");
}

}  // namespace semd::cuda
