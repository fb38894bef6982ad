// Sums of features per class, and centroids (mathematics, "Learned distances"). A block owns a class and a tile of features,
// searches the labels for the class's rows and adds these in their order: without floating-point atomics the sums are the same
// every time, and those of the CPU up to float64 rounding.
#include "centroids.h"

#include "../runtime/device.h"
#include "../runtime/elementwise.h"
#include "../runtime/errors.h"
#include "../../core/validity.h"
#include "../block/groups.cuh"
#include "../block/shared_sizes.h"
#include "../kernels/row_problem.h"
#include "../block/shared_memory.h"
#include "../runtime/streams.h"
#include "../kernels/targets.cuh"

namespace semd::cuda {
namespace {

constexpr int kThreads = kElementwiseThreads;
constexpr int kWarps = kThreads / 32;

__device__ __forceinline__ bool is_ignored(const semd_cuda_feature_rows& rows, long long label) {
  return rows.has_ignore_index && label == rows.ignore_index;
}

// The factor that normalizes each row: NaN if a feature is not finite, 0 for a row of zeros. Also finds labels out of range.
__global__ void __launch_bounds__(kThreads, 2) norms_kernel(const semd_cuda_feature_rows rows) {
  Warp warp(nullptr);
  const int64_t step = static_cast<int64_t>(gridDim.x) * kWarps;
  for (int64_t row = static_cast<int64_t>(blockIdx.x) * kWarps + threadIdx.x / 32; row < rows.rows; row += step) {
    const float* values = rows.values + row * rows.features;
    double norm = 0;
    float check = 0;
    for (int64_t i = warp.rank; i < rows.features; i += 32) {
      const double x = values[i];
      check += values[i] * 0.0f;
      norm += rows.normalize == SEMD_NORMALIZE_L1 ? fabs(x) : rows.normalize == SEMD_NORMALIZE_L2 ? x * x : 0.0;
    }
    norm = warp.sum(norm);
    const bool finite = warp.sum(check) == 0;
    if (warp.rank != 0) continue;
    if (rows.normalize == SEMD_NORMALIZE_L2) norm = sqrt(norm);
    if (rows.normalize == SEMD_NORMALIZE_NONE) norm = 1;
    rows.inverse_norms[row] = !finite ? nan("") : norm == 0 ? 0.0 : 1 / norm;
    const long long label = read_label(rows.label_kind, rows.labels, row);
    if ((label < 0 || label >= rows.classes) && !is_ignored(rows, label)) {
      atomicMin(rows.first_bad_row, static_cast<unsigned long long>(row));
    }
  }
}

// The rows of a class among kThreads rows, in their order, in shared memory.
struct Matches {
  int* rows;    // [kThreads]: offsets from the first
  int* counts;  // [kWarps]

  __device__ __forceinline__ int find(bool match) const {
    const unsigned votes = __ballot_sync(kWholeWarp, match);
    const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
    __syncthreads();  // the previous matches have been read
    if (lane == 0) counts[warp] = __popc(votes);
    __syncthreads();
    int before = 0, all = 0;
    for (int w = 0; w < kWarps; w++) {
      if (w < warp) before += counts[w];
      all += counts[w];
    }
    if (match) rows[before + __popc(votes & ((1u << lane) - 1))] = static_cast<int>(threadIdx.x);
    __syncthreads();
    return all;
  }
};

__global__ void __launch_bounds__(kThreads, 2) accumulate_kernel(const semd_cuda_feature_rows rows) {
  auto* shared = shared_memory<int>();
  const Matches matches{shared, shared + kThreads};
  const int64_t tiles = (rows.features + kThreads - 1) / kThreads;
  for (int64_t work = blockIdx.x; work < tiles * rows.classes; work += gridDim.x) {
    const int64_t own_class = work / tiles, feature = work % tiles * kThreads + threadIdx.x;
    const bool inside = feature < rows.features;
    double* place = rows.sums + own_class * rows.features + feature;
    double sum = inside ? *place : 0.0;
    int64_t count = 0;
    for (int64_t first = 0; first < rows.rows; first += kThreads) {
      const int64_t row = first + threadIdx.x;
      const long long label = row < rows.rows ? read_label(rows.label_kind, rows.labels, row) : -1;
      const int found = matches.find(row < rows.rows && label == own_class && !is_ignored(rows, label));
      for (int k = 0; k < found && inside; k++) {
        const int64_t match = first + matches.rows[k];
        sum = fma(static_cast<double>(rows.values[match * rows.features + feature]), rows.inverse_norms[match], sum);
      }
      count += found;
    }
    if (count == 0) continue;
    if (inside) *place = sum;
    if (feature == 0) rows.counts[own_class] += static_cast<double>(count);
  }
}

__global__ void __launch_bounds__(kThreads, 2)
    update_kernel(int64_t features, int32_t classes, double momentum, double* sums, double* counts, float* centroids) {
  for (int64_t c = blockIdx.x; c < classes; c += gridDim.x) {
    Block block(shared_memory<char>());
    const double count = counts[c];
    float* centroid = centroids + c * features;
    // A centroid spoilt by a feature that was not finite counts as none.
    bool spoilt = momentum == 0;
    for (int64_t i = threadIdx.x; i < features && !spoilt; i += kThreads) spoilt = !isfinite(centroid[i]);
    const bool has_old = !block.any(spoilt);
    for (int64_t i = threadIdx.x; i < features && count != 0; i += kThreads) {
      const double mean = sums[c * features + i] / count;
      centroid[i] = static_cast<float>(has_old ? momentum * centroid[i] + (1 - momentum) * mean : mean) + 0.0f;
      sums[c * features + i] = 0;
    }
    __syncthreads();  // all threads have read the count
    if (threadIdx.x == 0) counts[c] = 0;
  }
}

}  // namespace

semd_status accumulate(const semd_cuda_feature_rows* rows) {
  const bool labels = is_label_kind(rows->label_kind) && is_device_target_kind(rows->label_kind);
  if (rows->rows < 0 || rows->features < 1 || rows->classes < kFewestClasses || !labels || !is_feature_norm(rows->normalize)) {
    return SEMD_INVALID_PROBLEM;
  }
  const Device* device = nullptr;
  semd_status status = use_device(rows->device, &device);
  if (status != SEMD_OK || rows->rows == 0) return status;
  const cudaStream_t stream = stream_of(rows->device, rows->stream);
  const auto norms = striding(*device, stream, static_cast<size_t>((rows->rows + kWarps - 1) / kWarps), 0);
  status = check(cudaLaunchKernelEx(&norms, norms_kernel, *rows), "norms_kernel");
  if (status != SEMD_OK) return status;
  const int64_t tiles = (rows->features + kThreads - 1) / kThreads;
  const auto sums = striding(*device, stream, static_cast<size_t>(tiles * rows->classes), (kThreads + kWarps) * sizeof(int));
  return check(cudaLaunchKernelEx(&sums, accumulate_kernel, *rows), "accumulate_kernel");
}

semd_status update_centroids(int32_t index, void* stream, int64_t features, int32_t classes, double momentum, double* sums,
                             double* counts, float* centroids) {
  if (features < 1 || classes < 2 || !(momentum >= 0 && momentum < 1)) return SEMD_INVALID_PROBLEM;
  const Device* device = nullptr;
  const semd_status status = use_device(index, &device);
  if (status != SEMD_OK) return status;
  const auto config = striding(*device, stream_of(index, stream), static_cast<size_t>(classes), kSumBytes);
  return check(cudaLaunchKernelEx(&config, update_kernel, features, classes, momentum, sums, counts, centroids), "update_kernel");
}

}  // namespace semd::cuda
