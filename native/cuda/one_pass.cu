#include "one_pass.cuh"

#include "kernel_table.cuh"

namespace semd::cuda {

const RowKernel* one_pass_kernels() {
  static RowKernel table[kLayouts] = {};
  static const bool set = [] {
    set_plain_kernels<OnePass>(table);
    return true;
  }();
  static_cast<void>(set);
  return table;
}

}  // namespace semd::cuda
