// Euclidean distances between all pairs of points, sqrt(sum_f (a_f - b_f)^2): the differences are taken first, so that nothing
// cancels. A block computes a square of pairs, of which each thread has a smaller square in registers; the features of the
// points pass through shared memory, a few at a time. Blocks below the diagonal are mirror images.
#include "pairwise.h"

#include "../runtime/device.h"
#include "../block/elements.cuh"
#include "../runtime/errors.h"
#include "../block/shared_memory.h"
#include "../runtime/streams.h"

namespace semd::cuda {
namespace {

constexpr int kSide = 64;              // points of a block, in each direction
constexpr int kOwn = 4;                // points of a thread, in each direction
constexpr int kAcross = kSide / kOwn;  // threads of a block, in each direction
constexpr int kThreads = kAcross * kAcross;
constexpr int kDepth = 16;        // features in shared memory at a time
constexpr int kPitch = kSide + 4;  // floats from one feature to the next, so that writes have few bank conflicts
constexpr int kTerms = 8 * kDepth;  // terms of a run (mathematics, "Runs and carries")
constexpr size_t kSharedBytes = 2 * kDepth * kPitch * sizeof(float);

struct Pairs {
  const float* points;
  int64_t rows, features;
  float* out;
};

// Loads features begin .. begin + kDepth - 1 of points first .. first + kSide - 1, feature by feature, and 0 past both ends.
__device__ __forceinline__ void load_features(const Pairs& pairs, int64_t first, int64_t begin, float* to) {
  for (int i = static_cast<int>(threadIdx.x); i < kSide * kDepth; i += kThreads) {
    const int point = i / kDepth, feature = i % kDepth;
    const bool inside = first + point < pairs.rows && begin + feature < pairs.features;
    to[feature * kPitch + point] = inside ? pairs.points[(first + point) * pairs.features + begin + feature] : 0.0f;
  }
}

__device__ __forceinline__ Four<float> read_four(const float* from) { return *reinterpret_cast<const Four<float>*>(from); }

struct Square {
  float of[kOwn][kOwn];
};

__device__ __forceinline__ void add_features(const float* a, const float* b, Square& sums) {
#pragma unroll
  for (int feature = 0; feature < kDepth; feature++) {
    const Four<float> x = read_four(a + feature * kPitch), y = read_four(b + feature * kPitch);
#pragma unroll
    for (int r = 0; r < kOwn; r++) {
#pragma unroll
      for (int c = 0; c < kOwn; c++) {
        const float difference = x.v[r] - y.v[c];
        sums.of[r][c] = fmaf(difference, difference, sums.of[r][c]);
      }
    }
  }
}

__device__ __forceinline__ void write(const Pairs& pairs, int64_t row, int64_t column, const Square& sums, bool mirrored) {
#pragma unroll
  for (int r = 0; r < kOwn; r++) {
#pragma unroll
    for (int c = 0; c < kOwn; c++) {
      if (row + r >= pairs.rows || column + c >= pairs.rows) continue;
      const float distance = __fsqrt_rn(sums.of[r][c]);
      pairs.out[(row + r) * pairs.rows + column + c] = distance;
      if (mirrored) pairs.out[(column + c) * pairs.rows + row + r] = distance;
    }
  }
}

__global__ void __launch_bounds__(kThreads, 2) pairwise_kernel(const Pairs pairs) {
  if (blockIdx.y > blockIdx.x) return;
  auto* rows = shared_memory<float>();
  float* columns = rows + kDepth * kPitch;
  const int64_t first_row = static_cast<int64_t>(blockIdx.y) * kSide, first_column = static_cast<int64_t>(blockIdx.x) * kSide;
  const int own_row = static_cast<int>(threadIdx.x) / kAcross * kOwn, own_column = static_cast<int>(threadIdx.x) % kAcross * kOwn;
  Square total{};
  for (int64_t panel = 0; panel < pairs.features; panel += kTerms) {
    Square sums{};
    for (int64_t begin = panel; begin < panel + kTerms && begin < pairs.features; begin += kDepth) {
      __syncthreads();
      load_features(pairs, first_row, begin, rows);
      load_features(pairs, first_column, begin, columns);
      __syncthreads();
      add_features(rows + own_row, columns + own_column, sums);
    }
#pragma unroll
    for (int r = 0; r < kOwn; r++) {
#pragma unroll
      for (int c = 0; c < kOwn; c++) total.of[r][c] += sums.of[r][c];
    }
  }
  write(pairs, first_row + own_row, first_column + own_column, total, blockIdx.y != blockIdx.x);
}

}  // namespace

semd_status pairwise_distances(int32_t device, void* stream, const float* points, int64_t rows, int64_t features, float* out) {
  const int64_t side = (rows + kSide - 1) / kSide;
  if (rows < 1 || features < 1 || side > 65535 || !points || !out) return SEMD_INVALID_PROBLEM;
  const semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(side), static_cast<unsigned>(side));
  config.blockDim = dim3(kThreads);
  config.dynamicSmemBytes = kSharedBytes;
  config.stream = stream_of(device, stream);
  return check(cudaLaunchKernelEx(&config, pairwise_kernel, Pairs{points, rows, features, out}), "pairwise_distances");
}

}  // namespace semd::cuda
