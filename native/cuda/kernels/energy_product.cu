// The product of many rows x with the symmetric matrix M of an energy, y = x M. A block computes a tile of y, of which each
// thread has kOwn x kOwn entries in registers. x and M pass through shared memory, 16 classes of each at a time, while the next
// 16 are on their way (block size and access patterns are those of a common single-precision GEMM).
//
// As on the CPU, sums have three levels, so that equal terms do not drift: runs of 32 terms, stretches of 32 runs, and the
// whole row. The terms of an entry are added in the order of the classes, whatever its place in a tile and the size of tiles,
// so the bits of a row do not depend on the batch.
#include "energy_product.h"

#include "../block/elements.cuh"
#include "../block/raw_copy.cuh"
#include "../block/shared_memory.h"
#include "../block/shared_sizes.h"

namespace semd::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kDown = 8, kAcross = 16;  // threads of a block, in each direction
constexpr int kDepth = 16;              // classes in shared memory at a time, half a run
constexpr int kStretch = 1024;
constexpr int kMassPitch = kDepth + 4;  // floats from row to row of x, so that a warp's four rows are in different banks

struct Product {
  const float *x, *m;
  float* y;
  int64_t rows;
  int classes, pitch;
  unsigned tiles_across;
};

template <int kOwn>
class ProductTile {
 public:
  static constexpr int kRows = kDown * kOwn, kColumns = kAcross * kOwn;
  static constexpr int kStage = kRows * kMassPitch + kDepth * kColumns;
  static constexpr size_t kSharedBytes = 2 * kStage * sizeof(float);

  __device__ __forceinline__ ProductTile(const Product& product, float* stages)
      : product_(product),
        stages_(stages),
        first_row_(static_cast<int64_t>(blockIdx.x / product.tiles_across) * kRows),
        first_column_(static_cast<int>(blockIdx.x % product.tiles_across) * kColumns),
        // The threads of a warp form a rectangle of 4 x 8.
        down_(static_cast<int>(threadIdx.x) / 64 * 4 + static_cast<int>(threadIdx.x) % 32 / 8),
        across_(static_cast<int>(threadIdx.x) / 32 % 2 * 8 + static_cast<int>(threadIdx.x) % 8) {}

  __device__ __forceinline__ void run() {
    load(0);
    for (int begin = 0; begin < product_.classes; begin += kStretch) {
      const int end = begin + kStretch < product_.classes ? begin + kStretch : product_.classes;
      Entries sum{};
      for (int k = begin; k < end; k += 2 * kDepth) {
        Entries part{};
        step(k, part);
        if (k + kDepth < end) step(k + kDepth, part);
#pragma unroll
        for (int r = 0; r < kOwn; r++) {
#pragma unroll
          for (int c = 0; c < kOwn; c++) sum.of[r][c] += part.of[r][c];
        }
      }
      write(sum, begin > 0);
    }
  }

 private:
  struct Entries {
    float of[kOwn][kOwn];
  };

  __device__ __forceinline__ float* stage_of(int k) const { return stages_ + (k / kDepth & 1) * kStage; }

  // Multiplies classes k .. k + kDepth - 1, whose copies are under way, and begins to copy the next ones.
  __device__ __forceinline__ void step(int k, Entries& part) {
    __pipeline_wait_prior(0);
    __syncthreads();  // this stage has arrived for all threads, and none reads the other stage any more
    if (k + kDepth < product_.classes) load(k + kDepth);
    multiply(stage_of(k), part);
  }

  __device__ __forceinline__ void load(int k) {
    float* x = stage_of(k);
    constexpr int kFours = kDepth / 4, kRowsAtOnce = kThreads / kFours;
    const int part = static_cast<int>(threadIdx.x) % kFours * 4;
#pragma unroll
    for (int row = static_cast<int>(threadIdx.x) / kFours; row < kRows; row += kRowsAtOnce) {
      const bool inside = first_row_ + row < product_.rows && k + part < product_.pitch;
      copy(x + row * kMassPitch + part, product_.x + (first_row_ + row) * product_.pitch + (k + part), inside);
    }
    float* m = x + kRows * kMassPitch;
    constexpr int kFoursAcross = kColumns / 4, kClassesAtOnce = kThreads / kFoursAcross;
    const int column = static_cast<int>(threadIdx.x) % kFoursAcross * 4;
#pragma unroll
    for (int own = static_cast<int>(threadIdx.x) / kFoursAcross; own < kDepth; own += kClassesAtOnce) {
      const bool inside = k + own < product_.classes && first_column_ + column < product_.pitch;
      copy(m + own * kColumns + column,
           product_.m + static_cast<int64_t>(k + own) * product_.pitch + (first_column_ + column), inside);
    }
    __pipeline_commit();
  }

  // Copies four floats, or writes zeros where they would be outside of the matrix.
  static __device__ __forceinline__ void copy(float* to, const float* from, bool inside) {
    if (inside) {
      __pipeline_memcpy_async(to, from, 16);
    } else {
      *reinterpret_cast<Four<float>*>(to) = Four<float>{};
    }
  }

  static __device__ __forceinline__ Four<float> read_four(const float* from) {
    return *reinterpret_cast<const Four<float>*>(from);
  }

  __device__ __forceinline__ void multiply(const float* stage, Entries& part) const {
    const float* x = stage + down_ * kMassPitch;
    const float* m = stage + kRows * kMassPitch + 4 * across_;
#pragma unroll
    for (int begin = 0; begin < kDepth; begin += 4) {
      Four<float> masses[kOwn];
#pragma unroll
      for (int r = 0; r < kOwn; r++) masses[r] = read_four(x + kDown * r * kMassPitch + begin);
#pragma unroll
      for (int k = 0; k < 4; k++) {
        Four<float> distances[kOwn / 4];
#pragma unroll
        for (int c = 0; c < kOwn / 4; c++) distances[c] = read_four(m + (begin + k) * kColumns + c * 4 * kAcross);
#pragma unroll
        for (int r = 0; r < kOwn; r++) {
#pragma unroll
          for (int c = 0; c < kOwn; c++) {
            part.of[r][c] = fmaf(masses[r].v[k], distances[c / 4].v[c % 4], part.of[r][c]);
          }
        }
      }
    }
  }

  // Writes the thread's entries or, if it `adds`, adds them to those of earlier stretches.
  __device__ __forceinline__ void write(const Entries& sum, bool adds) const {
#pragma unroll
    for (int r = 0; r < kOwn; r++) {
      const int64_t row = first_row_ + down_ + kDown * r;
      if (row >= product_.rows) continue;
#pragma unroll
      for (int c = 0; c < kOwn; c += 4) {
        const int column = first_column_ + 4 * across_ + c * kAcross;
        if (column >= product_.pitch) continue;
        auto& to = *reinterpret_cast<Four<float>*>(product_.y + row * product_.pitch + column);
        Four<float> four{sum.of[r][c], sum.of[r][c + 1], sum.of[r][c + 2], sum.of[r][c + 3]};
        if (adds) {
          const Four<float> before = to;
#pragma unroll
          for (int v = 0; v < 4; v++) four.v[v] += before.v[v];
        }
        to = four;
      }
    }
  }

  const Product& product_;
  float* stages_;
  int64_t first_row_;
  int first_column_;
  int down_, across_;
};

template <int kOwn>
__global__ void __launch_bounds__(kThreads, 2) energy_product_kernel(const Product product) {
  ProductTile<kOwn>(product, shared_memory<float>()).run();
}

template <int kOwn>
int64_t tiles_of(const Product& product) {
  using Tile = ProductTile<kOwn>;
  return (product.rows + Tile::kRows - 1) / Tile::kRows * ((product.pitch + Tile::kColumns - 1) / Tile::kColumns);
}

template <int kOwn>
cudaError_t enqueue(Product product, cudaStream_t stream) {
  using Tile = ProductTile<kOwn>;
  static_assert(Tile::kSharedBytes <= 48 << 10, "needs no opt-in");
  product.tiles_across = static_cast<unsigned>((product.pitch + Tile::kColumns - 1) / Tile::kColumns);
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(tiles_of<kOwn>(product)));
  config.blockDim = dim3(kThreads);
  config.dynamicSmemBytes = Tile::kSharedBytes;
  config.stream = stream;
  return cudaLaunchKernelEx(&config, energy_product_kernel<kOwn>, product);
}

}  // namespace

cudaError_t enqueue_energy_product(const RowProblem& problem, int multiprocessors, cudaStream_t stream) {
  const Product product{problem.masses, problem.ground.cost, problem.products, problem.rows - problem.first_row,
                        problem.classes, energy_pitch(problem.classes), 0};
  if (product.rows == 0) return cudaSuccess;
  // Large tiles read less shared memory per multiplication, but with few rows they would leave most of the device without work.
  return tiles_of<8>(product) < 2 * static_cast<int64_t>(multiprocessors) ? enqueue<4>(product, stream)
                                                                          : enqueue<8>(product, stream);
}

}  // namespace semd::cuda
