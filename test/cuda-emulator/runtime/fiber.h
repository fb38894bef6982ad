// Fibers: stacks, and the switch between them, which is a dozen instructions on x86-64; elsewhere it is ucontext's, which costs
// two system calls.
#pragma once

#include <cstddef>

#include "sanitizers.h"

#if !defined(__x86_64__) || defined(CUDA_EMULATOR_UCONTEXT)
#define CUDA_EMULATOR_PORTABLE_FIBERS 1
#include <ucontext.h>
#endif

namespace cuda_emulator {

class Fiber {
 public:
  Fiber() = default;
  Fiber(const Fiber&) = delete;

  // Makes the fiber begin with entry() at the next switch to it. entry() must not return, but switch away for good.
  void prepare(void (*entry)());
  // Continues the other fiber; returns when something switches back. With `for_good` nothing will.
  void switch_to(Fiber& other, bool for_good = false);
  // Makes the fiber stand for the current stack, so that it can be switched back to.
  void adopt_current();
  // Must be called first by a fresh fiber.
  void begin();
  // Whether the address lies in the page below the stack.
  bool overflows_at(const void* address) const;

 private:
  void allocate_stack();

  // Kept for reuse. They belong together, as only its own strand has used a stack.
  unsigned char* stack_ = nullptr;
  std::size_t stack_bytes_ = 0;
  Strand strand_;
#ifdef CUDA_EMULATOR_PORTABLE_FIBERS
  ucontext_t context_;
#else
  void* stack_pointer_ = nullptr;
#endif
#ifdef CUDA_EMULATOR_ADDRESS_SANITIZER
  void* fake_stack_ = nullptr;
  const void* stack_bottom_ = nullptr;
  Fiber* came_from_ = nullptr;
#endif
};

}  // namespace cuda_emulator
