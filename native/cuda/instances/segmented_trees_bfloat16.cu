#include "segmented_trees_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> segmented_tree_kernels_of_bfloat16() { return segmented_tree_kernels<__nv_bfloat16>(); }

}  // namespace semd::cuda
