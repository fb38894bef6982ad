#include "differences.cuh"

#include "kernel_table.cuh"

namespace semd::cuda {

const RowKernel* difference_kernels() {
  static RowKernel table[kLayouts] = {};
  static const bool set = [] {
    set_row_kernels<Differences>(table);
    set_pixel_kernels<Differences>(table);
    return true;
  }();
  static_cast<void>(set);
  return table;
}

}  // namespace semd::cuda
