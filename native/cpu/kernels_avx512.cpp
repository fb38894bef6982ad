#define SEMD_USE_AVX512
#define SEMD_ISA semd_avx512
#include "kernels.inc.h"

namespace semd {

const Kernels& avx512_kernels() {
  static const Kernels kernels = {"avx512", SEMD_ISA::units, SEMD_ISA::scratch_bytes, SEMD_ISA::run};
  return kernels;
}

}  // namespace semd
