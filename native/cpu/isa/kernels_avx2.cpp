#define SEMD_USE_AVX2
#define SEMD_ISA semd_avx2
#include "kernels.inc.h"

namespace semd {

const Kernels& avx2_kernels() {
  static const Kernels kernels = SEMD_ISA::table("avx2");
  return kernels;
}

}  // namespace semd
