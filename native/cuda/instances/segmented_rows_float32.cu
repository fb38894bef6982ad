#include "raw_rows_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> segmented_row_kernels_of_float32() { return segmented_row_kernels<float>(); }

}  // namespace semd::cuda
