#include "raw_rows_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> cost_row_kernels_of_float16() { return cost_row_kernels<__half>(); }

}  // namespace semd::cuda
