// The tables of thread_rows/ and segmented_rows/, whose rows are raw in shared memory, for every number of classes.
#pragma once

#include "../kernels/kernel_list.h"
#include "../kernels/raw_rows_kernel.cuh"
#include "../kernels/segmented_rows/chunks.cuh"
#include "../kernels/segmented_rows/costs.cuh"
#include "../kernels/segmented_rows/row.cuh"
#include "../kernels/thread_rows/costs.cuh"
#include "../kernels/thread_rows/few_classes.cuh"
#include "../kernels/thread_rows/row.cuh"

namespace semd::cuda {

// Raw rows have one element type, and contiguous classes.
template <class Row>
bool serves(const RowProblem& problem) {
  return problem.inner == 1 && problem.float_type == kFloatType<typename Row::Element> && Row::serves(problem);
}

// A thread per row.
template <template <class> class AnyRow, class Element, int kClasses, int kBlocks>
LossKernel thread_row_kernel() {
  using Row = AnyRow<PerThread<kClasses, Element>>;
  LossKernel kernel{raw_rows_kernel<Row, kThreadsPerBlock, kBlocks>, 1, kThreadsPerBlock};
  kernel.classes = kClasses;
  kernel.serves = serves<Row>;
  kernel.raw_bytes = [](int classes, int, int threads) { return Row::memory_bytes(classes, threads); };
  return kernel;
}

// `size` threads per row (0: a block), for up to so many classes, about `each` of them to a thread.
template <template <class> class AnyRow, class Element, class Group, int kThreads, int kBlocks>
LossKernel segmented_kernel(int size, int each, int classes) {
  using Row = AnyRow<Segments<Group, Element>>;
  LossKernel kernel{raw_rows_kernel<Row, kThreads, kBlocks>, size, kThreads};
  kernel.vector = each;
  kernel.classes = classes;
  kernel.serves = serves<Row>;
  kernel.copies_gaps = Row::kReadsGaps;
  kernel.raw_bytes = [](int classes, int size, int threads) {
    return static_cast<size_t>(threads / size) * Row::bytes_of_row(Row::kArrays, classes, size);
  };
  return kernel;
}

template <template <class> class AnyRow, class Element, int kBlocks>
void add_parts_of_warps(std::vector<LossKernel>& kernels) {
  for (int size = 2; size <= 32; size *= 2) {
    const int each = size < 32 ? 32 : 48;
    kernels.push_back(segmented_kernel<AnyRow, Element, PartOfWarpAtRun, kThreadsPerBlock, kBlocks>(size, each, each * size));
  }
}

// For every number of classes. The last template argument is the number of blocks that must fit on a multiprocessor, as many
// warps hide the latency of memory. How many classes per thread are fastest was measured on an H100.
template <template <class> class AnyRow, class Element>
std::vector<LossKernel> segmented_kernels() {
  std::vector<LossKernel> kernels;
  add_parts_of_warps<AnyRow, Element, 6>(kernels);
  for (const auto& [each, classes] : {std::pair<int, int>{48, 20000}, {64, kAnyClasses}}) {
    kernels.push_back(segmented_kernel<AnyRow, Element, Block, 384, 2>(0, each, classes));
  }
  return kernels;
}

// Chunks of about `each` classes to a thread.
template <class Element>
LossKernel chunked_row_kernel(int each) {
  constexpr int kThreads = 384;
  using Row = ChunkedRow<Segments<Block, Element>>;
  LossKernel kernel{raw_rows_kernel<Row, kThreads, 2>, 0, kThreads};
  kernel.vector = 1;
  kernel.classes = kAnyClasses;
  kernel.serves = serves<Row>;
  kernel.chunk = classes_of_block(kThreads * each, kThreads, kThreads, sizeof(Element));
  kernel.raw_bytes = [](int chunk, int chunks, int threads) {
    const SegmentMemory row(chunk, threads, sizeof(Element));
    return row.raw + row.values + kChunkBytes * static_cast<size_t>(chunks);
  };
  return kernel;
}

template <class Element>
std::vector<LossKernel> segmented_row_kernels() {
  std::vector<LossKernel> kernels = segmented_kernels<SegmentedRow, Element>();
  for (const int each : {73, 25}) kernels.push_back(chunked_row_kernel<Element>(each));
  return kernels;
}

template <class Element>
std::vector<LossKernel> thread_row_kernels() {
  return {thread_row_kernel<FewClassesRow, Element, 2, 10>(), thread_row_kernel<FewClassesRow, Element, 4, 10>(),
          thread_row_kernel<ThreadRow, Element, 8, 8>(),
          thread_row_kernel<ThreadRow, Element, 16, sizeof(Element) == 4 ? 6 : 5>(),
          thread_row_kernel<ThreadRow, Element, 32, 5>(), thread_row_kernel<ThreadRow, Element, 64, 4>()};
}

template <class Element>
std::vector<LossKernel> cost_row_kernels() {
  std::vector<LossKernel> kernels{thread_row_kernel<ThreadCostRow, Element, 8, 8>(),
                                 thread_row_kernel<ThreadCostRow, Element, 32, 5>()};
  for (const LossKernel& kernel : segmented_kernels<SegmentedCostRow, Element>()) kernels.push_back(kernel);
  return kernels;
}

}  // namespace semd::cuda
