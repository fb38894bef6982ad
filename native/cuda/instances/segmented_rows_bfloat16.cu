#include "raw_rows_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> segmented_row_kernels_of_bfloat16() { return segmented_row_kernels<__nv_bfloat16>(); }

}  // namespace semd::cuda
