#include "../kernels/thread_rows/energies.cuh"

#include "raw_rows_table.cuh"

namespace semd::cuda {

std::vector<LossKernel> thread_energy_kernels() {
  return {thread_row_kernel<ThreadEnergyRow, float, 16, 4>(), thread_row_kernel<ThreadEnergyDistributionRow, float, 16, 4>(),
          thread_row_kernel<ThreadEnergyRow, float, 32, 4>(), thread_row_kernel<ThreadEnergyDistributionRow, float, 32, 3>(),
          thread_row_kernel<ThreadEnergyRow, __half, 32, 4>(), thread_row_kernel<ThreadEnergyDistributionRow, __half, 32, 3>(),
          thread_row_kernel<ThreadEnergyRow, __nv_bfloat16, 32, 4>(),
          thread_row_kernel<ThreadEnergyDistributionRow, __nv_bfloat16, 32, 3>()};
}

}  // namespace semd::cuda
