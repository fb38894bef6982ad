#include "thread_distributions.cuh"

#include "walk_table.cuh"

namespace semd::cuda {
namespace {

template <int kClasses, int kBlocks>
RowKernel kernel() {
  RowKernel kernel = thread_row_kernel<DistributedThreadRow, float, kClasses, kBlocks>();
  kernel.only_logits_and_index = false;
  kernel.only_logits_and_distribution = true;
  kernel.walk_bytes = [](int classes, int, int threads) {
    return 2 * static_cast<size_t>(threads / 32) * thread_rows_bytes(classes, sizeof(float));
  };
  return kernel;
}

}  // namespace

std::vector<RowKernel> thread_distribution_kernels_of_float32() { return {kernel<8, 6>(), kernel<16, 5>(), kernel<32, 4>()}; }

}  // namespace semd::cuda
