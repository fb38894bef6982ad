#include "../kernels/segmented_rows/distributions.cuh"

#include "raw_rows_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> segmented_distribution_kernels_of_float32() {
  return segmented_distribution_kernels<SegmentedDistributionRow, float>();
}

}  // namespace semd::cuda
