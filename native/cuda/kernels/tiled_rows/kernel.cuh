// The loss of all rows: a group of threads per row, as many rows in turn as there are groups too few.
//
// A batch of distributions is two launches, each of which takes its own rows and leaves the others' gradients alone: first
// the rows that are class indices or ignored, then the distributions. Rows that come and go together, because a warp takes
// them at a time, do so where one of them is the launch's own.
#pragma once

#include "../../block/block_sums.cuh"
#include "../kernel_list.h"
#include "row.cuh"
#include "../../block/shared_memory.h"
#include "../targets.cuh"

namespace semd::cuda {

static __device__ __forceinline__ double scale_of_rows(const RowProblem& problem) {
  return problem.weighs ? problem.result->mean_scale : problem.scale;
}

// What a thread adds up over its rows.
struct RowSums {
  double cross_entropy = 0, emd = 0;
  int rows = 0, non_finite = 0;

  __device__ __forceinline__ Partial partial() const {
    return {cross_entropy, emd, static_cast<double>(rows), static_cast<double>(non_finite)};
  }
};

// A row whose ground distance is a form.
template <class Form, class L>
struct FormRow : TiledRow<L> {
  using TiledRow<L>::TiledRow;
  static constexpr bool kNeedsWorkspace = Form::kNeedsWorkspace;
  static constexpr bool kColumns = Form::kColumns;
  __device__ __forceinline__ void measure() { Form::measure(*this); }
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    TiledRow<L>::template write_gradient<Form>(alpha, gamma);
  }
};

static __device__ __forceinline__ void note_non_finite(DeviceResult& result, int64_t row, float loss) {
  atomicMin(&result.non_finite_row_so_far, static_cast<unsigned long long>(row));
  atomicOr(&result.non_finite_losses_so_far, loss > 0 ? 1u : loss < 0 ? 2u : 3u);
}

// One row. IndexFromLogits problems have no weights, ignored labels, losses per row, upstream gradients per row or roots: what they do
// not need is not compiled.
template <bool kPlain, class AnyRow>
static __device__ __forceinline__ void run_row(AnyRow& row, int64_t index, RowSums& sums) {
  const RowProblem& problem = row.problem;
  Label label{0, true, false};
  double weight = 0;  // of two factors, whose product may be beyond float32's range
  row.counts = false;
  if (row.exists) {
    if (row.distribution()) {
      label.ignored = false;
    } else {
      label = label_of<kPlain>(problem, index);
    }
    weight = kPlain ? 1.0 : sample_weight(problem, index);
    // A sample weight of 0 decides before the target is looked at.
    row.counts = kPlain || (!label.ignored && weight != 0);
  }
  row.begin(row.exists ? index : 0);
  const bool bad = row.counts && label.bad;
  row.label = label.index;
  row.take();
  bool silent = !row.counts;
  if (!kPlain && problem.class_weights) {
    const double by_class = row.distribution() ? row.mean_class_weight() : problem.class_weights[row.label];
    if (!bad) weight *= by_class;
    // A row without weight is 0 whatever it holds, unless its distribution is none.
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
    float loss = 0;
    if (problem.cross_entropy_weight != 0) loss += problem.cross_entropy_weight * cross_entropy;
    if (problem.emd_weight != 0) loss += problem.emd_weight * emd;
    loss = silent ? 0.0f : static_cast<float>(weight * static_cast<double>(row.broken ? nan : loss));
    if (!kPlain && problem.losses) problem.losses[index] = loss;
    if (kPlain || !label.ignored) sums.rows++;
    if (kPlain || !silent) {
      if (!isfinite(loss)) {
        sums.non_finite++;
        note_non_finite(*problem.result, index, loss);
      }
      sums.cross_entropy += weight * static_cast<double>(cross_entropy);
      sums.emd += weight * static_cast<double>(emd);
    }
    if (bad) atomicMin(&problem.result->bad_row_so_far, static_cast<unsigned long long>(index));
  }
  if (!problem.gradient) return;

  float scale = problem.row_scale;
  if (!kPlain && problem.scales_rows) {
    const float upstream = problem.upstream_rows && row.exists ? problem.upstream_rows[index] : problem.upstream;
    scale = static_cast<float>(weight * static_cast<double>(upstream) * scale_of_rows(problem));
  }
  float slope = problem.emd_scale;
  if (root) slope = emd > 0 ? slope / (2 * emd) : 0.0f;
  const float alpha = problem.emd_weight == 0 ? 0.0f : scale * problem.emd_weight * slope * row.gain;
  row.write_gradient(row.logits() ? static_cast<float>(alpha * row.inverse) : alpha, scale * problem.cross_entropy_weight);
}

// What losses that are not finite add up to, whatever their parts do.
static __device__ __forceinline__ double sum_of_non_finite(unsigned losses) {
  return losses == 1 ? INFINITY : losses == 2 ? -INFINITY : nan("");
}

// Of the two launches of a batch of distributions, the last one with rows of its own writes the result.
static __device__ __forceinline__ bool has_rows(const RowProblem& problem) {
  if (!problem.kinds) return true;
  const DeviceResult& result = *problem.result;
  return problem.distribution() ? result.has_distribution_rows : result.has_index_rows || !result.has_distribution_rows;
}

static __device__ void write_result(const RowProblem& problem, Partial all) {
  DeviceResult& result = *problem.result;
  if (problem.kinds && problem.distribution()) {
    if (result.has_index_rows) add(all, result.of_index_rows);
  } else if (problem.kinds && result.has_distribution_rows) {
    result.of_index_rows = all;
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

// Where things are in a block's shared memory: the sums, what rows keep, the stages, and sums of trees.
template <class L>
struct BlockMemory {
  const RowProblem& problem;
  char* shared;
  int groups;

  __device__ __forceinline__ char* store() const { return shared + kSumBytes; }
  __device__ __forceinline__ char* stages() const {
    if (!L::kInSharedMemory) return store();
    const int threads = static_cast<int>(blockDim.x);
    const int at_once = threads / groups * L::kVector;
    return store() + shared_store_bytes((problem.classes + at_once - 1) / at_once, threads, L::kVector);
  }
  __device__ __forceinline__ size_t bytes_of_stage() const {
    return L::kStaged ? stage_bytes(rows_of_span(L::Group::kSize), problem.classes) : 0;
  }
  __device__ __forceinline__ float* stage(int span, int turn) const {
    return reinterpret_cast<float*>(stages() + bytes_of_stage() * static_cast<size_t>(problem.stages * span + turn));
  }
  __device__ __forceinline__ double* workspace(int group) const {
    const int64_t stride = tree_workspace(problem.classes);
    if (problem.workspace) return problem.workspace + (static_cast<int64_t>(blockIdx.x) * groups + group) * stride;
    const int spans = groups / rows_of_span(L::Group::kSize);
    const size_t staged = bytes_of_stage() * static_cast<size_t>(problem.stages * spans);
    return reinterpret_cast<double*>(stages() + staged) + group * stride;
  }
};

// Whether anything of a row is looked at.
static __device__ __forceinline__ bool is_wanted(const RowProblem& problem, int64_t row) {
  if (!is_own(problem, row)) return false;
  const bool ignored = problem.has_ignore_index && !problem.distribution() && label_of(problem, row).ignored;
  return !ignored && sample_weight(problem, row) != 0;
}

// The span of a warp, or of a block: it comes, and its gradient goes.
template <class L, bool kColumns>
struct Span {
  static constexpr int kRows = rows_of_span(L::Group::kSize);
  const RowProblem& problem;
  int rank, threads;

  __device__ __forceinline__ explicit Span(const RowProblem& p)
      : problem(p),
        rank(L::Group::kSize == 0 ? threadIdx.x : threadIdx.x % 32),
        threads(L::Group::kSize == 0 ? blockDim.x : 32) {}
  __device__ __forceinline__ int number() const { return L::Group::kSize == 0 ? 0 : threadIdx.x / 32; }
  __device__ __forceinline__ int rows_from(int64_t first) const {
    const int64_t left = problem.rows - first;
    return left >= kRows ? kRows : left > 0 ? static_cast<int>(left) : 0;
  }
  // Whether one row at least from `first` on is the launch's own; the same for all threads of the span.
  __device__ __forceinline__ bool has_own_row(int64_t first) const {
    if (!problem.kinds) return true;
    bool found = false;
    for (int i = 0; i < kRows; i++) found = found || is_own(problem, first + i);
    return found;
  }
  // Begins to fill the stage with the rows from `first` on. A block's row, which is long, is not read unless it is wanted;
  // a warp's rows are read sooner than it is known whether one of them is. To be called by all threads of the span.
  __device__ __forceinline__ void load(float* stage, int64_t first) const {
    const int rows = rows_from(first);
    const bool may_skip = L::Group::kSize == 0 && (problem.has_ignore_index || problem.sample_weights || problem.kinds);
    if (may_skip && !is_wanted(problem, first)) return;
    with_element_type(problem.float_type, [&](auto* type) {
      using Element = typename std::remove_pointer<decltype(type)>::type;
      const auto* from = static_cast<const Element*>(problem.predictions);
      if (!kColumns || problem.inner == 1) {
        load_span(stage, StageSlots(problem), problem.aligned, from + first * problem.classes, rows * problem.classes, rank,
                  threads);
      } else {
        load_columns(stage, problem, from, rows, [&](int i) { return first_element(problem, first + i); }, rank, threads);
      }
    });
  }
  __device__ __forceinline__ void store(const float* stage, int64_t first) const {
    const int rows = rows_from(first);
    if (kRows > 1 && problem.kinds) {
      bool all = true;
      for (int i = 0; i < rows; i++) all = all && is_own(problem, first + i);
      if (!all) return store_own_rows(stage, first, rows);
    }
    with_element_type(problem.float_type, [&](auto* type) {
      using Element = typename std::remove_pointer<decltype(type)>::type;
      auto* to = static_cast<Element*>(problem.gradient);
      if (!kColumns || problem.inner == 1) {
        store_span(stage, StageSlots(problem), problem.aligned, to + first * problem.classes, rows * problem.classes, rank,
                   threads);
      } else {
        store_columns(stage, problem, to, rows, [&](int i) { return first_element(problem, first + i); }, rank, threads);
      }
    });
  }

 private:
  // Beside rows that are not to be touched.
  __device__ __forceinline__ void store_own_rows(const float* stage, int64_t first, int rows) const {
    with_element_type(problem.float_type, [&](auto* type) {
      using Element = typename std::remove_pointer<decltype(type)>::type;
      auto* to = static_cast<Element*>(problem.gradient);
#pragma unroll 1
      for (int i = rank; i < rows * problem.classes; i += threads) {
        const int row = i / problem.classes, place = i % problem.classes;
        if (!is_own(problem, first + row)) continue;
        const float value = stage[padded(row * stage_stride(problem.classes) + place)];
        from_float(value, to[first_element(problem, first + row) + place * problem.inner]);
      }
    });
  }
};

// All rows that fall to the thread's group.
template <class AnyRow>
static __device__ __forceinline__ void run_rows(AnyRow& row, int own, int groups, RowSums& sums) {
  const RowProblem& problem = row.problem;
  const int64_t step = static_cast<int64_t>(gridDim.x) * groups;
  for (int64_t begin = static_cast<int64_t>(blockIdx.x) * groups; begin < problem.rows; begin += step) {
    row.exists = is_own(problem, begin + own);
    if (problem.kinds && !row.exists) continue;
    run_row<false>(row, begin + own, sums);
  }
}

// The same through the stage.
template <class AnyRow>
static __device__ __forceinline__ void run_spans(AnyRow& row, const BlockMemory<typename AnyRow::Layout>& memory, int own,
                                                 int groups, RowSums& sums) {
  const RowProblem& problem = row.problem;
  const Span<typename AnyRow::Layout, AnyRow::kColumns> span(problem);
  const int first_of_span = own / span.kRows * span.kRows;
  const int64_t step = static_cast<int64_t>(gridDim.x) * groups;
  const int64_t start = static_cast<int64_t>(blockIdx.x) * groups;
  const int ahead = problem.stages - 1;
  row.stage_first = (own - first_of_span) * stage_stride(problem.classes);
  int turn = 0;
  // With a stage to spare, the first round only fills one.
  for (int64_t begin = start - ahead * step; begin < problem.rows; begin += step, turn ^= ahead) {
    const int64_t next = begin + ahead * step;
    if (span.has_own_row(next + first_of_span)) span.load(memory.stage(span.number(), turn ^ ahead), next + first_of_span);
    __pipeline_commit();
    if (begin < start) continue;
    if (ahead) {
      __pipeline_wait_prior(1);
    } else {
      __pipeline_wait_prior(0);
    }
    if (!span.has_own_row(begin + first_of_span)) continue;
    row.group.synchronize();
    row.stage = memory.stage(span.number(), turn);
    row.exists = is_own(problem, begin + own);
    run_row<false>(row, begin + own, sums);
    row.group.synchronize();
    if (problem.gradient) {
      span.store(row.stage, begin + first_of_span);
      row.group.synchronize();
    }
  }
}

static __device__ __forceinline__ void finish(const RowProblem& problem, void* shared, const RowSums& sums) {
  __syncthreads();
  Block block(shared);
  Partial all;
  if (add_up_blocks(block, sums.partial(), problem.partials, problem.result, all) && threadIdx.x == 0) write_result(problem, all);
}

template <class AnyRow, int kThreads, int kBlocks>
__global__ void __launch_bounds__(kThreads, kBlocks) tiled_rows_kernel(const RowProblem problem) {
  using L = typename AnyRow::Layout;
  if (!has_rows(problem)) return;
  char* shared = shared_memory<char>();
  const int size = L::Group::kSize == 0 ? static_cast<int>(blockDim.x) : L::Group::kSize;
  const int groups = static_cast<int>(blockDim.x) / size;
  const int own = static_cast<int>(threadIdx.x) / size;
  const BlockMemory<L> memory{problem, shared, groups};
  AnyRow row(problem, shared, memory.store());
  if constexpr (AnyRow::kNeedsWorkspace) row.workspace = memory.workspace(own);

  RowSums sums;
  if constexpr (L::kStaged) {
    run_spans(row, memory, own, groups, sums);
  } else {
    run_rows(row, own, groups, sums);
  }
  finish(problem, shared, sums);
}

template <bool kPlain, class AnyRow>
static __device__ __forceinline__ void run_raw_rows(AnyRow& row, RowSums& sums) {
  const RowProblem& problem = row.problem;
  const int groups = row.groups(), own = row.own_group();
  const int64_t step = static_cast<int64_t>(gridDim.x) * groups;
  for (int64_t begin = static_cast<int64_t>(blockIdx.x) * groups; begin < problem.rows; begin += step) {
    row.exists = kPlain ? begin + own < problem.rows : is_own(problem, begin + own);
    if (!kPlain && problem.kinds && !row.group.any_together(row.exists)) continue;
    row.fetch(begin + own);
    __pipeline_commit();
    run_row<kPlain>(row, begin + own, sums);
    row.synchronize();
    if (problem.gradient) row.deliver(begin + own);
    row.synchronize();
  }
}

// For rows that fetch and deliver themselves.
template <class AnyRow, int kThreads, int kBlocks>
__global__ void __launch_bounds__(kThreads, kBlocks) raw_rows_kernel(const RowProblem problem) {
  if (!has_rows(problem)) return;
  char* shared = shared_memory<char>();
  AnyRow row(problem, shared, shared + kSumBytes);
  RowSums sums;
  // Where a row is so little work that what it does not need counts, plain problems have code of their own.
  if (AnyRow::kRowsAreShort && problem.plain) {
    run_raw_rows<true>(row, sums);
  } else {
    run_raw_rows<false>(row, sums);
  }
  finish(problem, shared, sums);
}

}  // namespace semd::cuda
