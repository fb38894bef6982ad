#include "trees.cuh"

#include "kernel_table.cuh"

namespace semd::cuda {

const RowKernel* tree_kernels() {
  static RowKernel table[kLayouts] = {};
  static const bool set = [] {
    set_row_kernels<Trees>(table);
    return true;
  }();
  static_cast<void>(set);
  return table;
}

}  // namespace semd::cuda
