#include "segmented_trees_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> segmented_tree_kernels_of_float32() { return segmented_tree_kernels<float>(); }

}  // namespace semd::cuda
