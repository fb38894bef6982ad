#include "../kernels/segmented_rows/trees.cuh"

#include "raw_rows_table.cuh"

namespace semd::cuda {
namespace {

// With as many threads for a row as `tree_threads` says.
template <template <class> class AnyRow>
void add_kernels(std::vector<LossKernel>& kernels) {
  for (int size = 2; size <= 32; size *= 2) {
    kernels.push_back(
        segmented_kernel<AnyRow, float, PartOfWarpAtRun, kThreadsPerBlock, 4>(size, kTreeShare, kTreeShare * size));
  }
  kernels.push_back(segmented_kernel<AnyRow, float, Block, kMostTreeThreads, 1>(0, kTreeShare, kMostTreeClasses));
}

}  // namespace

std::vector<LossKernel> segmented_tree_kernels_of_float32() {
  std::vector<LossKernel> kernels;
  add_kernels<SegmentedTreeRow>(kernels);
  add_kernels<SegmentedTreeDistributionRow>(kernels);
  return kernels;
}

}  // namespace semd::cuda
