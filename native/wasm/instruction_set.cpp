// The kernels of the WebAssembly module: one instruction set, with nothing to choose from.
#define SEMD_ISA semd_simd128
#include "../cpu/isa/kernels.inc.h"

#include "../cpu/instruction_set.h"

namespace semd {

const Kernels& kernels() {
  static const Kernels kernels = SEMD_ISA::table("simd128");
  return kernels;
}

const char* refused_instruction_set() { return nullptr; }
const char* instruction_set_name(int index) { return index == 0 ? kernels().name : nullptr; }

}  // namespace semd
