#include "costs.cuh"

#include "kernel_table.cuh"

namespace semd::cuda {

const RowKernel* cost_kernels() {
  static RowKernel table[kLayouts] = {};
  static const bool set = [] {
    set_row_kernels<Costs>(table);
    set_pixel_kernels<Costs>(table);
    return true;
  }();
  static_cast<void>(set);
  return table;
}

}  // namespace semd::cuda
