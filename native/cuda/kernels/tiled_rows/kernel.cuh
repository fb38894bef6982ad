// The kernel of tiled rows, for any input, target and ground distance. Each group of threads takes one row after another, with a
// stride of the number of groups. Rows pass through a stage in shared memory (block/stage.cuh), or are read where they are.
#pragma once

#include "../../block/shared_memory.h"
#include "../epilogue.cuh"
#include "row.cuh"
#include "span.cuh"

namespace semd::cuda {

// Forms that do not gather columns leave pixels to layouts of their own, so that in all others classes are contiguous.
template <class Form, class L>
using LayoutOf = std::conditional_t<Form::kColumns || L::kPixels, L, Contiguous<L>>;

// A row with the form of its ground distance.
template <class Form, class L>
struct FormRow : TiledRow<LayoutOf<Form, L>> {
  using Base = TiledRow<LayoutOf<Form, L>>;
  using Base::Base;
  static constexpr bool kNeedsWorkspace = Form::kNeedsWorkspace;
  static constexpr bool kColumns = Form::kColumns;
  static constexpr bool kIsFirstPass = false;
  __device__ __forceinline__ void run(int64_t index, RowSums& sums) { run_row<false>(*this, index, sums); }
  __device__ __forceinline__ void measure() { Form::measure(*this); }
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    Base::template write_gradient<Form>(alpha, gamma);
  }
};

// Runs the rows of the thread's group, read where they are.
template <class AnyRow>
static __device__ __forceinline__ void run_rows(AnyRow& row, int own, int groups, RowSums& sums) {
  const RowProblem& problem = row.problem;
  const int64_t step = static_cast<int64_t>(gridDim.x) * groups;
  const int64_t start = problem.first_row + static_cast<int64_t>(blockIdx.x) * groups;
  for (int64_t begin = start; begin < problem.rows; begin += step) {
    row.exists = is_own(problem, begin + own);
    if (problem.kinds && !row.exists) continue;
    row.run(begin + own, sums);
  }
}

// Runs the rows of the thread's group through a stage.
template <class AnyRow>
static __device__ __forceinline__ void run_spans(AnyRow& row, const BlockMemory<typename AnyRow::Layout>& memory, int own,
                                                 int groups, RowSums& sums) {
  const RowProblem& problem = row.problem;
  const Span<typename AnyRow::Layout, AnyRow::kColumns> span(problem);
  const int first_of_span = own / span.kRows * span.kRows;
  const int64_t step = static_cast<int64_t>(gridDim.x) * groups;
  const int64_t start = problem.first_row + static_cast<int64_t>(blockIdx.x) * groups;
  const int ahead = problem.stages - 1;
  row.stage_first = (own - first_of_span) * stage_stride(problem.classes);
  int turn = 0;
  // With two stages, the first round only fills one of them.
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
    row.run(begin + own, sums);
    row.group.synchronize();
    if (problem.gradient) {
      span.store(row.stage, begin + first_of_span);
      row.group.synchronize();
    }
  }
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
  if constexpr (!AnyRow::kIsFirstPass) finish(problem, shared, sums);
}

}  // namespace semd::cuda
