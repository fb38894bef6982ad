// The table of segmented rows over a tree, whose records lie in the order in which `tree_threads` threads read them: where
// shared memory does not hold rows of that many threads, more threads must not take them.
#pragma once

#include "../kernels/segmented_rows/trees.cuh"
#include "raw_rows_table.cuh"

namespace semd::cuda {

template <template <class> class AnyRow, class Element>
void add_tree_kernels(std::vector<LossKernel>& kernels) {
  int fewest = 33;  // of fewer classes a thread has a row
  const auto add = [&](LossKernel kernel) {
    kernel.fewest = fewest;
    fewest = kernel.classes + 1;
    kernels.push_back(kernel);
  };
  for (int size = 2; size <= 32; size *= 2) {
    add(segmented_kernel<AnyRow, Element, PartOfWarpAtRun, kThreadsPerBlock, 4>(size, kTreeShare, kTreeShare * size));
  }
  add(segmented_kernel<AnyRow, Element, Block, kMostTreeThreads, 1>(0, kTreeShare, kMostTreeClasses));
}

template <class Element>
std::vector<LossKernel> segmented_tree_kernels() {
  std::vector<LossKernel> kernels;
  add_tree_kernels<SegmentedTreeRow, Element>(kernels);
  add_tree_kernels<SegmentedTreeDistributionRow, Element>(kernels);
  return kernels;
}

}  // namespace semd::cuda
