#pragma once

#include "kernels.h"

namespace semd {

// The value of SQUARED_EMD_ISA if it names no instruction set that this processor has; else null.
const char* refused_instruction_set();

// The kernels in use: those named by the environment variable SQUARED_EMD_ISA if this processor can run them, else the best.
const Kernels& kernels();

// Name of the index-th instruction set that this processor has, best last; null past the end.
const char* instruction_set_name(int index);

}  // namespace semd
