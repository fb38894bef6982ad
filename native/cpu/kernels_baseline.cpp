#define SEMD_ISA semd_baseline
#include "kernels.inc.h"

namespace semd {

const Kernels& baseline_kernels() {
  static const Kernels kernels = {"baseline", SEMD_ISA::units, SEMD_ISA::scratch_bytes, SEMD_ISA::run};
  return kernels;
}

}  // namespace semd
