// How a problem is launched: with which kernel of its ground distance, how many threads and blocks, and how much memory.
#pragma once

#include "../runtime/device.h"
#include "../kernels/kernel_list.h"

namespace semd::cuda {

struct Plan {
  const LossKernel* kernel;
  int threads, blocks;
  int stages;
  bool gaps_in_shared;
  size_t shared_bytes;
  size_t workspace_bytes;  // for trees whose rows do not fit into shared memory
  size_t product_bytes;    // for the masses and products of one row of an energy
};

// For a launch in clusters of so many blocks.
cudaLaunchAttribute cluster_attribute(int blocks);

semd_status make_plan(const LossKernels& kernels, const RowProblem& problem, const Device& device, Plan* out);

}  // namespace semd::cuda
