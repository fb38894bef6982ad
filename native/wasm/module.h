// The WebAssembly module: functions of numbers and of addresses in its memory, which lib/backends/wasm/ calls and nobody else. It
// trusts its caller with addresses, as nothing outside its memory can be reached, and checks what it reads there as everywhere.
#pragma once

#include <cstdint>

#define SEMD_EXPORT(name) __attribute__((export_name(#name)))
