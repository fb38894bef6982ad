// What all kernels do alike: from a row's E and cross entropy to its weight, its loss, the sums over rows and the factors of
// its gradient, and at the end of the launch to the result of the batch (mathematics, "From `E` to the loss of a batch").
//
// A batch of distributions takes two launches: the first takes the rows that are class indices or ignored, the second the
// distributions, and each leaves the gradients of the other's rows alone. Rows that a warp reads and writes together are read
// and written if at least one of them belongs to the launch.
#pragma once

#include "../block/block_sums.cuh"
#include "targets.cuh"

namespace semd::cuda {

static __device__ __forceinline__ double scale_of_rows(const RowProblem& problem) {
  return problem.weighs ? problem.result->mean_scale : problem.scale;
}

// The sums of a thread over its rows.
struct RowSums {
  double cross_entropy = 0, emd = 0;
  int rows = 0, non_finite = 0;

  __device__ __forceinline__ Partial partial() const {
    return {cross_entropy, emd, static_cast<double>(rows), static_cast<double>(non_finite)};
  }
};

static __device__ __forceinline__ void note_non_finite(DeviceResult& result, int64_t row, float loss) {
  atomicMin(&result.non_finite_row_so_far, static_cast<unsigned long long>(row));
  atomicOr(&result.non_finite_losses_so_far, loss > 0 ? 1u : loss < 0 ? 2u : 3u);
}

// How much a row counts.
struct RowWeight {
  double weight;  // the product of two float32 weights, which may be beyond float32's range
  bool silent;    // the row adds nothing, whatever it holds
  bool bad;       // its label is out of range
  bool ignored;
};

// Adds a row to the sums and writes its loss. Called by one thread of the row's group.
template <bool kPlain>
static __device__ __forceinline__ void add_row(const RowProblem& problem, int64_t index, const RowWeight& by,
                                               float cross_entropy, float emd, bool broken, RowSums& sums) {
  float loss = 0;
  if (problem.cross_entropy_weight != 0) loss += problem.cross_entropy_weight * cross_entropy;
  if (problem.emd_weight != 0) loss += problem.emd_weight * emd;
  loss = by.silent ? 0.0f : static_cast<float>(by.weight * static_cast<double>(broken ? nanf("") : loss));
  if (!kPlain && problem.losses) problem.losses[index] = loss;
  if (kPlain || !by.ignored) sums.rows++;
  if (kPlain || !by.silent) {
    if (!isfinite(loss)) {
      sums.non_finite++;
      note_non_finite(*problem.result, index, loss);
    }
    sums.cross_entropy += by.weight * static_cast<double>(cross_entropy);
    sums.emd += by.weight * static_cast<double>(emd);
  }
  if (by.bad) atomicMin(&problem.result->bad_row_so_far, static_cast<unsigned long long>(index));
}

// The factor of a row's gradient: its weight, the upstream gradient and the scale of the reduction.
template <bool kPlain>
static __device__ __forceinline__ float scale_of_row(const RowProblem& problem, int64_t index, bool exists, double weight) {
  if (kPlain || !problem.scales_rows) return problem.row_scale;
  const float upstream = problem.upstream_rows && exists ? problem.upstream_rows[index] : problem.upstream;
  return static_cast<float>(weight * static_cast<double>(upstream) * scale_of_rows(problem));
}

struct Beginning {
  Label label;
  double weight;  // sample weight
};

// Finds a row's label and weight, and takes its predictions.
template <bool kPlain, class AnyRow>
static __device__ __forceinline__ Beginning begin_row(AnyRow& row, int64_t index) {
  const RowProblem& problem = row.problem;
  Label label{0, true, false};
  double weight = 0;
  row.counts = false;
  if (row.exists) {
    if (row.distribution()) {
      label.ignored = false;
    } else {
      label = label_of<kPlain>(problem, index);
    }
    weight = kPlain ? 1.0 : sample_weight(problem, index);
    // With a sample weight of 0 the target is not looked at.
    row.counts = kPlain || (!label.ignored && weight != 0);
  }
  row.begin(row.exists ? index : 0);
  row.label = label.index;
  row.take();
  return {label, weight};
}

// One row, from its label to its gradient. For plain problems (RowProblem::plain), code that they do not need is left out.
template <bool kPlain, class AnyRow>
static __device__ __forceinline__ void run_row(AnyRow& row, int64_t index, RowSums& sums) {
  const RowProblem& problem = row.problem;
  auto [label, weight] = begin_row<kPlain>(row, index);
  const bool bad = row.counts && label.bad;
  bool silent = !row.counts;
  if (!kPlain && problem.class_weights) {
    const double by_class = row.distribution() ? row.mean_class_weight() : problem.class_weights[row.label];
    if (!bad) weight *= by_class;
    // A row of weight 0 adds nothing, whatever it holds, unless its target is invalid.
    silent = silent || (weight == 0 && !row.no_target && !bad);
  }
  row.counts = !silent;
  row.broken = row.broken || bad;
  row.measure();

  const float nan = nanf("");
  const bool root = !kPlain && problem.root;
  const float measured = row.emd * problem.emd_scale;
  const float emd = row.broken ? nan : root ? sqrtf(measured) : measured;
  const float cross_entropy = row.broken ? nan : row.cross_entropy;
  if (row.group.rank == 0 && row.exists) {
    add_row<kPlain>(problem, index, {weight, silent, bad, label.ignored}, cross_entropy, emd, row.broken, sums);
  }
  if (!problem.gradient) return;

  const float scale = scale_of_row<kPlain>(problem, index, row.exists, weight);
  float slope = problem.emd_scale;
  if (root) slope = emd > 0 ? slope / (2 * emd) : 0.0f;
  const float alpha = problem.emd_weight == 0 ? 0.0f : scale * problem.emd_weight * slope * row.gain;
  row.write_gradient(row.logits() ? static_cast<float>(alpha * row.inverse) : alpha, scale * problem.cross_entropy_weight);
}

// The loss of a batch in which a row's loss is not finite: what the losses add up to, even if the parts add up to something
// else.
static __device__ __forceinline__ double sum_of_non_finite(unsigned losses) {
  return losses == 1 ? INFINITY : losses == 2 ? -INFINITY : nan("");
}

// Of several launches, the last that has rows writes the result. A batch of distributions takes two launches, and each of these
// several if the rows of an energy do not fit into memory at once.
static __device__ __forceinline__ bool has_rows(const RowProblem& problem) {
  if (!problem.kinds) return true;
  const DeviceResult& result = *problem.result;
  return problem.distribution() ? result.has_distribution_rows : result.has_index_rows || !result.has_distribution_rows;
}

static __device__ void write_result(const RowProblem& problem, Partial all) {
  DeviceResult& result = *problem.result;
  const bool after_index_rows = problem.kinds && problem.distribution() && result.has_index_rows;
  if (!problem.opens || after_index_rows) add(all, result.so_far);
  const bool before_distributions = problem.kinds && !problem.distribution() && result.has_distribution_rows;
  if (!problem.closes || before_distributions) {
    result.so_far = all;
    return;
  }
  const double scale = scale_of_rows(problem);
  const bool none = problem.reduction == SEMD_REDUCE_NONE;
  result.cross_entropy = none ? nan("") : all.cross_entropy * scale;
  result.emd = none ? nan("") : all.emd * scale;
  result.loss = none ? nan("") : 0;
  if (problem.cross_entropy_weight != 0) result.loss += problem.cross_entropy_weight * result.cross_entropy;
  if (problem.emd_weight != 0) result.loss += problem.emd_weight * result.emd;
  if (!none && result.non_finite_losses_so_far) result.loss = sum_of_non_finite(result.non_finite_losses_so_far);
  result.rows = all.rows;
  result.non_finite = all.non_finite;
  result.non_finite_row = result.non_finite_row_so_far;
  result.non_finite_row_so_far = kNoRow;
  result.non_finite_losses_so_far = 0;
  result.bad_row = result.bad_row_so_far;
  result.bad_row_so_far = kNoRow;
  if (result.bad_row != kNoRow) result.bad_label = read_label(problem, static_cast<int64_t>(result.bad_row));
  if (!problem.loss_out) return;
  problem.loss_out[0] = static_cast<float>(result.loss);
  problem.loss_out[1] = static_cast<float>(result.cross_entropy);
  problem.loss_out[2] = static_cast<float>(result.emd);
  problem.loss_out[3] = static_cast<float>(result.rows);
}

static __device__ __forceinline__ void finish(const RowProblem& problem, void* shared, const RowSums& sums) {
  __syncthreads();
  Block block(shared);
  Partial all;
  const bool last = add_up_blocks(block, sums.partial(), problem.partials, problem.result, all);
  if (last && threadIdx.x == 0) write_result(problem, all);
}

}  // namespace semd::cuda
