// How the emulator reports a fault of a program: one line on stderr, with kernel, block and thread if one is running, and the
// end of the process. Faults that CUDA answers with an error code get that error code instead.
#pragma once

#include <string>

namespace cuda_emulator {

[[noreturn]] void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));
// The name of a kernel as a debugger shows it.
std::string kernel_name(const void* function);

}  // namespace cuda_emulator
