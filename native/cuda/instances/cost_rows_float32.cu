#include "raw_rows_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> cost_row_kernels_of_float32() { return cost_row_kernels<float>(); }

}  // namespace semd::cuda
