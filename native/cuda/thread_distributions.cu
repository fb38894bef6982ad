#include "thread_distributions.cuh"

#include "walk_table.cuh"

namespace semd::cuda {

std::vector<RowKernel> thread_distribution_kernels_of_float32() {
  return {distributed_thread_row_kernel<DistributedThreadRow, 8, 6>(), distributed_thread_row_kernel<DistributedThreadRow, 16, 5>(),
          distributed_thread_row_kernel<DistributedThreadRow, 32, 4>()};
}

}  // namespace semd::cuda
