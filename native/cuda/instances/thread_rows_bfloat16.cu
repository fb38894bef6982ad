#include "raw_rows_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> thread_row_kernels_of_bfloat16() { return thread_row_kernels<__nv_bfloat16>(); }

}  // namespace semd::cuda
