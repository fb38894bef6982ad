#include "../kernels/segmented_rows/differences.cuh"

#include "raw_rows_table.cuh"

namespace semd::cuda {
namespace {

template <class Element>
void add_kernels(std::vector<LossKernel>& kernels) {
  add_parts_of_warps<SegmentedDifferencesRow, Element, 4>(kernels);
  kernels.push_back(segmented_kernel<SegmentedDifferencesRow, Element, Block, 384, 1>(0, 48, kAnyClasses));
}

}  // namespace

// Three arrays of a row and exponentials in two parts take more shared memory and registers than class indices, so fewer blocks
// fit.
std::vector<LossKernel> segmented_difference_kernels() {
  std::vector<LossKernel> kernels;
  add_kernels<float>(kernels);
  add_kernels<__half>(kernels);
  add_kernels<__nv_bfloat16>(kernels);
  return kernels;
}

}  // namespace semd::cuda
