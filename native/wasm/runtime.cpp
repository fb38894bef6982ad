// What the C++ library would bring. Memory that runs out ends in a trap, as nothing can be thrown, and JavaScript asks whether
// that was the reason.
#include <cstdlib>
#include <new>

#include "module.h"

namespace {

bool out_of_memory = false;

void* allocate_or_trap(std::size_t size) {
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  out_of_memory = true;
  __builtin_trap();
}

}  // namespace

void* operator new(std::size_t size) { return allocate_or_trap(size); }
void* operator new[](std::size_t size) { return allocate_or_trap(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size > 0 ? size : 1); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size > 0 ? size : 1); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

// Its message would need files to write to.
namespace std {
inline namespace __1 {
[[noreturn]] void __libcpp_verbose_abort(const char*, ...) { __builtin_trap(); }
}  // namespace __1
}  // namespace std

extern "C" {

// Containers that would be too long for an address.
void* __cxa_allocate_exception(std::size_t) {
  out_of_memory = true;
  __builtin_trap();
}
void __cxa_throw(void*, void*, void (*)(void*)) { __builtin_trap(); }
// The one thread never ends.
int __cxa_thread_atexit(void (*)(void*), void*, void*) { return 0; }

SEMD_EXPORT(ranOutOfMemory) int32_t semd_wasm_ran_out_of_memory(void) { return out_of_memory; }

}  // extern "C"
