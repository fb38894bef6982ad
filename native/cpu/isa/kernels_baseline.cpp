#define SEMD_ISA semd_baseline
#include "kernels.inc.h"

namespace semd {

const Kernels& baseline_kernels() {
  static const Kernels kernels = SEMD_ISA::table("baseline");
  return kernels;
}

}  // namespace semd
