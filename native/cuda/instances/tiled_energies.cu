#include "../kernels/tiled_rows/energies.cuh"

#include "../kernels/tiled_rows/table.cuh"

namespace semd::cuda {
namespace {

template <class L, int kThreads = kThreadsPerBlock>
LossKernel energy_kernel(int classes = 0) {
  LossKernel kernel = tiled_kernel<Energies, L, kThreads>(classes);
  kernel.first_pass = tiled_rows_kernel<EnergyMasses<L>, kThreads, 1>;
  return kernel;
}

}  // namespace

const LossKernels& energy_kernels() {
  static const LossKernels& kernels = *new LossKernels(after(
      {thread_energy_kernels()},
      {{energy_kernel<PartOfWarp<8>>(), energy_kernel<PartOfWarp<32>>(), energy_kernel<BlockPerRow, 512>(kAnyClasses),
        energy_kernel<BlockRereading, 512>(kAnyClasses)},
       {}}));
  return kernels;
}

}  // namespace semd::cuda
