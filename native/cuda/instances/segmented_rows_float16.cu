#include "raw_rows_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> segmented_row_kernels_of_float16() { return segmented_row_kernels<__half>(); }

}  // namespace semd::cuda
