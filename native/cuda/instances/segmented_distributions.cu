#include "../kernels/segmented_rows/distributions.cuh"

#include "raw_rows_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> segmented_distribution_kernels_of_float32() {
  return segmented_distribution_kernels<SegmentedDistributionRow, float>();
}

std::vector<LossKernel> segmented_distribution_kernels_of_float16() {
  return segmented_distribution_kernels<SegmentedDistributionRow, __half>();
}

std::vector<LossKernel> segmented_distribution_kernels_of_bfloat16() {
  return segmented_distribution_kernels<SegmentedDistributionRow, __nv_bfloat16>();
}

}  // namespace semd::cuda
