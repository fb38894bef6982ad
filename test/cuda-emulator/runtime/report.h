// How the emulator reports what a program did wrong: one line on stderr, with the kernel, block and thread if one runs,
// and the end of the process. Mistakes that CUDA answers with an error code get that instead.
#pragma once

#include <string>

namespace cuda_emulator {

[[noreturn]] void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));
// As a debugger would name it.
std::string kernel_name(const void* function);

}  // namespace cuda_emulator
