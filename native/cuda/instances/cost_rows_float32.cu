#include "../kernels/raw_rows_table.cuh"

namespace semd::cuda {

std::vector<RowKernel> costed_row_kernels_of_float32() { return costed_row_kernels<float>(); }

}  // namespace semd::cuda
