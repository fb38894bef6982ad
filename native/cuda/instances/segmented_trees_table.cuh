// The table of segmented rows over a tree, with as many threads for a row as `tree_threads` says.
#pragma once

#include "../kernels/segmented_rows/trees.cuh"
#include "raw_rows_table.cuh"

namespace semd::cuda {

template <template <class> class AnyRow, class Element>
void add_tree_kernels(std::vector<LossKernel>& kernels) {
  for (int size = 2; size <= 32; size *= 2) {
    kernels.push_back(
        segmented_kernel<AnyRow, Element, PartOfWarpAtRun, kThreadsPerBlock, 4>(size, kTreeShare, kTreeShare * size));
  }
  kernels.push_back(segmented_kernel<AnyRow, Element, Block, kMostTreeThreads, 1>(0, kTreeShare, kMostTreeClasses));
}

template <class Element>
std::vector<LossKernel> segmented_tree_kernels() {
  std::vector<LossKernel> kernels;
  add_tree_kernels<SegmentedTreeRow, Element>(kernels);
  add_tree_kernels<SegmentedTreeDistributionRow, Element>(kernels);
  return kernels;
}

}  // namespace semd::cuda
