// The loss of all rows: a group of threads per row, as many rows in turn as there are groups too few.
#pragma once

#include "block_sums.cuh"
#include "launch.h"
#include "row.cuh"
#include "shared_memory.h"
#include "targets.cuh"

namespace semd::cuda {

template <class L>
static __device__ __forceinline__ double mean_class_weight(const Row<L>& row) {
  double mean = 0;
  row.ascend([&](int tile) {
    const int place = row.place_of(tile);
    float t[L::kVector];
    row.read_targets(place, t);
#pragma unroll
    for (int v = 0; v < L::kVector; v++) {
      if (place + v < row.problem.classes) {
        mean += static_cast<double>(t[v]) * row.problem.class_weights[place + v];
      }
    }
  });
  return row.group.sum(mean);
}

// What every row's gradient is multiplied by.
static __device__ __forceinline__ double scale_of_rows(const RowProblem& problem) {
  return problem.weighs ? problem.result->mean_scale : problem.scale;
}

// Of a row (outer, inner); a division of 64-bit integers would call a routine.
static __device__ __forceinline__ int64_t first_element(const RowProblem& problem, int64_t row) {
  if (problem.inner == 1) return row * problem.classes;
  int64_t outer = static_cast<int64_t>(static_cast<double>(row) * problem.inverse_inner);
  if (outer * problem.inner > row) outer--;
  if ((outer + 1) * problem.inner <= row) outer++;
  return outer * problem.classes * problem.inner + (row - outer * problem.inner);
}

template <class Form, class L>
static __device__ __forceinline__ void run_row(Row<L>& row, int64_t index, double row_scale, Partial& sums) {
  const RowProblem& problem = row.problem;
  Label label{0, true, false};
  double weight = 0;
  if (row.exists) {
    if (!row.distribution()) label = label_of(problem, index);
    if (row.distribution()) label.ignored = false;
    weight = sample_weight(problem, index);
    // A sample weight of 0 decides before the target is looked at.
    row.counts = !label.ignored && weight != 0;
    row.first = first_element(problem, index);
  } else {
    row.counts = false;
    row.first = 0;
  }
  const bool bad = row.counts && label.bad;
  row.label = label.index;
  row.take();
  bool silent = !row.counts;
  if (problem.class_weights) {
    const double by_class = row.distribution() ? mean_class_weight(row) : problem.class_weights[row.label];
    if (!bad) weight *= by_class;
    // A row without weight is 0 whatever it holds, unless its distribution is none.
    silent = silent || (weight == 0 && !row.no_target && !bad);
  }
  row.counts = !silent;
  row.broken = row.broken || bad;
  Form::measure(row);

  const float nan = nanf("");
  const float measured = row.emd * problem.emd_scale;
  const float emd = row.broken ? nan : problem.root ? sqrtf(measured) : measured;
  const float cross_entropy = row.broken ? nan : row.cross_entropy;
  float sum = 0;
  if (problem.cross_entropy_weight != 0) sum += problem.cross_entropy_weight * cross_entropy;
  if (problem.emd_weight != 0) sum += problem.emd_weight * emd;
  const float loss = silent ? 0.0f : static_cast<float>(weight * (row.broken ? nan : sum));
  if (row.group.rank == 0 && row.exists) {
    if (problem.losses) problem.losses[index] = loss;
    if (!label.ignored) sums.rows += 1;
    if (!silent) {
      sums.non_finite += isfinite(loss) ? 0 : 1;
      sums.cross_entropy += weight * cross_entropy;
      sums.emd += weight * emd;
    }
    if (bad) atomicMin(&problem.result->bad_row_so_far, static_cast<unsigned long long>(index));
  }
  if (!problem.gradient) return;

  const double upstream = problem.upstream_rows && row.exists ? problem.upstream_rows[index] : problem.upstream;
  const double scale = weight * upstream * row_scale;
  float slope = problem.emd_scale;
  if (problem.root) slope = emd > 0 ? slope / (2 * emd) : 0.0f;
  const double alpha = problem.emd_weight == 0 ? 0 : scale * problem.emd_weight * slope * row.gain;
  row.template write_gradient<Form>(static_cast<float>(row.logits() ? alpha * row.inverse : alpha),
                                    static_cast<float>(scale * problem.cross_entropy_weight));
}

static __device__ void write_result(const RowProblem& problem, const Partial& all) {
  DeviceResult& result = *problem.result;
  const double scale = scale_of_rows(problem);
  const bool none = problem.reduction == SEMD_REDUCE_NONE;
  result.cross_entropy = none ? nan("") : all.cross_entropy * scale;
  result.emd = none ? nan("") : all.emd * scale;
  result.loss = none ? nan("") : 0;
  if (problem.cross_entropy_weight != 0) result.loss += problem.cross_entropy_weight * result.cross_entropy;
  if (problem.emd_weight != 0) result.loss += problem.emd_weight * result.emd;
  result.rows = all.rows;
  result.non_finite = all.non_finite;
  result.bad_row = result.bad_row_so_far;
  result.bad_row_so_far = kNoRow;
  if (result.bad_row != kNoRow) result.bad_label = read_label(problem, static_cast<int64_t>(result.bad_row));
  if (!problem.loss_out) return;
  problem.loss_out[0] = static_cast<float>(result.loss);
  problem.loss_out[1] = static_cast<float>(result.cross_entropy);
  problem.loss_out[2] = static_cast<float>(result.emd);
  problem.loss_out[3] = static_cast<float>(result.rows);
}

// Where a group's row of a tree keeps its sums.
template <class L>
static __device__ __forceinline__ double* workspace_of(const RowProblem& problem, char* shared, int own, int groups,
                                                       int tiles) {
  const int64_t stride = tree_workspace(problem.classes);
  if (problem.workspace) return problem.workspace + (static_cast<int64_t>(blockIdx.x) * groups + own) * stride;
  const int threads = static_cast<int>(blockDim.x);
  const size_t store = L::Store::kInSharedMemory ? shared_store_bytes(tiles, threads) : 0;
  return reinterpret_cast<double*>(shared + kSumBytes + store) + own * stride;
}

template <class L, class Form, int kThreads, int kBlocks>
__global__ void __launch_bounds__(kThreads, kBlocks) row_kernel(const RowProblem problem) {
  char* shared = shared_memory<char>();
  typename L::Group group(shared);
  const int groups = static_cast<int>(blockDim.x) / group.size();
  const int own = static_cast<int>(threadIdx.x) / group.size();
  const int tiles = (problem.classes + group.size() * L::kVector - 1) / (group.size() * L::kVector);
  typename L::Store store(shared + kSumBytes, tiles, group.size());
  Row<L> row(problem, group, store);
  row.workspace = workspace_of<L>(problem, shared, own, groups, tiles);

  Partial sums{};
  const double row_scale = scale_of_rows(problem);
  const int64_t step = static_cast<int64_t>(gridDim.x) * groups;
  for (int64_t begin = static_cast<int64_t>(blockIdx.x) * groups; begin < problem.rows; begin += step) {
    const int64_t index = begin + own;
    row.exists = index < problem.rows;
    run_row<Form>(row, index, row_scale, sums);
  }
  __syncthreads();
  Block block(shared);
  Partial all;
  if (add_up_blocks(block, sums, problem.partials, problem.result, all) && threadIdx.x == 0) write_result(problem, all);
}

}  // namespace semd::cuda
