#define SEMD_USE_AVX2
#define SEMD_ISA semd_avx2
#include "kernels.inc.h"

namespace semd {

const Kernels& avx2_kernels() {
  static const Kernels kernels = {"avx2", SEMD_ISA::units, SEMD_ISA::scratch_bytes, SEMD_ISA::run};
  return kernels;
}

}  // namespace semd
