#include "segmented_trees_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> segmented_tree_kernels_of_float16() { return segmented_tree_kernels<__half>(); }

}  // namespace semd::cuda
