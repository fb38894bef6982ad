#include "raw_rows_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> thread_row_kernels_of_float16() { return thread_row_kernels<__half>(); }

}  // namespace semd::cuda
