#define SEMD_USE_AVX512
#define SEMD_ISA semd_avx512
#include "kernels.inc.h"

namespace semd {

const Kernels& avx512_kernels() {
  static const Kernels kernels = SEMD_ISA::table("avx512");
  return kernels;
}

}  // namespace semd
