// Finds the kind of each row of a batch of distributions: a class index where only one entry is positive, an ignored row where
// none is, or masses of several classes. One-hot rows then go to the kernels of class indices, with the same bits, and only the
// others to those of distributions, which are slower.
//
// A row is read from its first class on until its kind is known. Most distributions have two positive entries near the
// beginning, and no more of them is read. The fewer classes there are, the more rows share a warp.
#include "row_kinds.h"

#include <algorithm>

#include "../block/block_sums.cuh"
#include "masses.cuh"
#include "../block/shared_memory.h"
#include "targets.cuh"

namespace semd::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kAtOnce = 4;  // reads of a thread that are under way at a time

// The search through one row by some of a warp's lanes. All lanes of the warp take every step.
class Search {
 public:
  __device__ __forceinline__ Search(const RowProblem& problem, int64_t row, bool exists, int lanes)
      : lanes_(lanes),
        rank_(static_cast<int>(threadIdx.x) & (lanes - 1)),
        classes_(exists ? problem.classes : 0),
        inner_(problem.inner),
        masses_(static_cast<const float*>(problem.targets) + first_element(problem, exists ? row : 0)) {
    const int first_lane = static_cast<int>(threadIdx.x % 32) - rank_;
    own_ = (lanes == 32 ? kWholeWarp : (1u << lanes) - 1) << first_lane;
    first_lane_ = first_lane;
  }

  __device__ __forceinline__ int run() {
    step<1>();
    while (__any_sync(kWholeWarp, kind_ != kDistributionRow && begin_ < classes_)) step<kAtOnce>();
    return kind_;
  }

 private:
  template <int kCount>
  __device__ __forceinline__ void step() {
    const bool open = kind_ != kDistributionRow;
    unsigned bits[kCount];
#pragma unroll
    for (int k = 0; k < kCount; k++) {
      const int place = begin_ + k * lanes_ + rank_;
      bits[k] = open && place < classes_ ? bits_of_mass(masses_[place * inner_]) : 0u;
    }
#pragma unroll
    for (int k = 0; k < kCount; k++) {
      const unsigned set = __ballot_sync(kWholeWarp, bits[k] != 0) & own_;
      const unsigned wrong = __ballot_sync(kWholeWarp, !is_mass(bits[k])) & own_;
      if (set) {
        const bool single = kind_ == kIgnoredRow && (set & (set - 1)) == 0 && !wrong;
        kind_ = single ? begin_ + __ffs(static_cast<int>(set)) - 1 - first_lane_ : kDistributionRow;
      }
      begin_ += lanes_;
    }
  }

  int lanes_, rank_, first_lane_, classes_;
  unsigned own_;
  int64_t inner_;
  const float* masses_;
  int begin_ = 0;
  int kind_ = kIgnoredRow;
};

__global__ void __launch_bounds__(kThreads) row_kinds_kernel(const RowProblem problem) {
  const int lanes = problem.group_size;
  const int64_t step = static_cast<int64_t>(gridDim.x) * (kThreads / lanes);
  double ignored = 0, distributions = 0, all = 0;
  for (int64_t begin = static_cast<int64_t>(blockIdx.x) * (kThreads / lanes); begin < problem.rows; begin += step) {
    const int64_t row = begin + threadIdx.x / lanes;
    const bool exists = row < problem.rows;
    const int kind = Search(problem, row, exists, lanes).run();
    if (!exists || (threadIdx.x & (lanes - 1)) != 0) continue;
    problem.kinds[row] = kind;
    all++;
    ignored += kind == kIgnoredRow;
    distributions += kind == kDistributionRow;
  }
  Block block(shared_memory<char>());
  const Partial own{ignored, distributions, all, 0};
  Partial sums;
  if (!add_up_blocks(block, own, problem.partials, problem.result, sums) || threadIdx.x != 0) return;
  const double counted = sums.rows - sums.cross_entropy;
  DeviceResult& result = *problem.result;
  result.has_distribution_rows = sums.emd > 0;
  result.has_index_rows = sums.emd < sums.rows;
  result.mean_scale = counted > 0 ? 1 / counted : 0;
}

}  // namespace

cudaError_t enqueue_row_kinds(const RowProblem& problem, int multiprocessors, cudaStream_t stream) {
  RowProblem searched = problem;
  searched.group_size = 1;
  // With `inner` > 1 rows are neighbours in memory rather than classes, so a thread takes a row alone.
  while (problem.inner == 1 && searched.group_size < 32 && searched.group_size * kAtOnce < problem.classes)
    searched.group_size *= 2;
  const int64_t needed = problem.rows / (kThreads / searched.group_size) + 1;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(std::min<int64_t>(multiprocessors * 8, needed)));
  config.blockDim = dim3(kThreads);
  config.dynamicSmemBytes = kSumBytes;
  config.stream = stream;
  return cudaLaunchKernelEx(&config, row_kinds_kernel, searched);
}

}  // namespace semd::cuda
