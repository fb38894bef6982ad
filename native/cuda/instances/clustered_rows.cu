// Segmented rows that clusters of blocks share, in code of its own for devices of compute capability 9.0 and later.
#include "../block/cluster.cuh"
#include "../kernels/raw_rows_kernel.cuh"
#include "../kernels/segmented_rows/row.cuh"
#include "raw_rows_table.cuh"

namespace semd::cuda {
namespace {

constexpr int kThreads = 320;  // more of them would have to spill registers, if two blocks are to be on a multiprocessor
static_assert(kThreads / 32 <= Cluster::kMostWarps, "the tables of blocks lie behind the numbers of warps");

template <class Element>
LossKernel clustered_kernel(int blocks) {
  using Row = SegmentedRow<Segments<Cluster, Element>>;
  LossKernel kernel{raw_rows_kernel<Row, kThreads, 2>, 0, kThreads};
  kernel.vector = 1;
  kernel.classes = kAnyClasses;
  kernel.cluster = blocks;
  kernel.serves = serves<Row>;
  kernel.raw_bytes = [](int classes, int size, int threads) {
    const SegmentMemory row(classes_of_block(classes, size, threads, sizeof(Element)), threads, sizeof(Element));
    return row.raw + row.values;
  };
  return kernel;
}

}  // namespace

std::vector<LossKernel> clustered_row_kernels() {
  std::vector<LossKernel> kernels;
  for (const int blocks : {2, 4, 8}) {
    kernels.push_back(clustered_kernel<float>(blocks));
    kernels.push_back(clustered_kernel<__half>(blocks));
    kernels.push_back(clustered_kernel<__nv_bfloat16>(blocks));
  }
  return kernels;
}

}  // namespace semd::cuda
