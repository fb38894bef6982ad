#pragma once

#include "kernels.h"

namespace semd {

// What SQUARED_EMD_ISA says if it names none that this processor has; else null.
const char* refused_instruction_set();

// The kernels in use: the environment variable SQUARED_EMD_ISA's where it names one that this processor has, else the
// best.
const Kernels& kernels();

// Name of the index-th instruction set that this processor has, best last; null past the end.
const char* instruction_set_name(int index);

}  // namespace semd
