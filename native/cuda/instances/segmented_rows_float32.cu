#include "../kernels/raw_rows_table.cuh"

namespace semd::cuda {

std::vector<RowKernel> walk_kernels_of_float32() { return walked_row_kernels<float>(); }

}  // namespace semd::cuda
