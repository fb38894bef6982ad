// Spans: the rows that a warp or a block takes at a time are one span of device memory, which arrives in a stage and from which
// its gradient leaves. Also how stages and everything else that tiled rows need divide the block's shared memory.
#pragma once

#include <type_traits>

#include "../../block/stage.cuh"
#include "../targets.cuh"

namespace semd::cuda {

// A block's shared memory holds, in this order, sums over its threads, what rows keep, stages, and what trees need.
template <class L>
struct BlockMemory {
  const RowProblem& problem;
  char* shared;
  int groups;

  __device__ __forceinline__ char* store() const { return shared + kSumBytes; }
  __device__ __forceinline__ char* stages() const {
    if (!L::kNumbers) return store();
    const int threads = static_cast<int>(blockDim.x);
    const int at_once = threads / groups * L::kVector;
    return store() + shared_store_bytes((problem.classes + at_once - 1) / at_once, threads, L::kNumbers);
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

// Whether anything of the row's predictions must be read.
static __device__ __forceinline__ bool is_wanted(const RowProblem& problem, int64_t row) {
  if (!is_own(problem, row)) return false;
  const bool ignored = problem.has_ignore_index && !problem.distribution() && label_of(problem, row).ignored;
  return !ignored && sample_weight(problem, row) != 0;
}

// The span of a warp or of a block.
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
  // Whether at least one row of the span belongs to this launch; the same for all threads of the span.
  __device__ __forceinline__ bool has_own_row(int64_t first) const {
    if (!problem.kinds) return true;
    bool found = false;
    for (int i = 0; i < kRows; i++) found = found || is_own(problem, first + i);
    return found;
  }
  // Begins to fill the stage with the rows from `first` on, with all threads of the span. A block's row, which is long, is read
  // only if it is wanted; the rows of a warp are short, and reading them takes less time than finding out.
  __device__ __forceinline__ void load(float* stage, int64_t first) const {
    const int rows = rows_from(first);
    const bool may_skip = L::Group::kSize == 0 && (problem.has_ignore_index || problem.sample_weights || problem.kinds);
    if (may_skip && !is_wanted(problem, first)) return;
    with_element_type(problem.float_type, [&](auto* type) {
      using Element = typename std::remove_pointer<decltype(type)>::type;
      const auto* from = static_cast<const Element*>(problem.predictions);
      if (!kColumns || problem.inner == 1) {
        load_span(stage, StageSlots(problem.classes, problem.inverse_classes), problem.aligned, from + first * problem.classes,
                  rows * problem.classes, rank, threads);
      } else {
        load_columns(
            stage, problem.classes, problem.inner, from, rows, [&](int i) { return first_element(problem, first + i); }, rank,
            threads);
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
        store_span(stage, StageSlots(problem.classes, problem.inverse_classes), problem.aligned, to + first * problem.classes,
                   rows * problem.classes, rank, threads);
      } else {
        store_columns(
            stage, problem.classes, problem.inner, to, rows, [&](int i) { return first_element(problem, first + i); }, rank,
            threads);
      }
    });
  }

 private:
  // Stores only the rows that belong to this launch.
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

}  // namespace semd::cuda
