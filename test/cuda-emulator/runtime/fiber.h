// A stack of its own and the switch to it: a dozen instructions on x86-64, ucontext elsewhere, which costs two system
// calls per switch.
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
  // The other fiber goes on; returns when somebody switches back. `for_good`: nobody will.
  void switch_to(Fiber& other, bool for_good = false);
  // Stands for the stack that this is called on, so that it can be switched back to.
  void adopt_current();
  // What a fresh fiber calls first.
  void begin();
  // Whether the address lies in the page below the stack.
  bool overflows_at(const void* address) const;

 private:
  void allocate_stack();

  // Kept for the next time. The two go together: only its own strand has used a stack.
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
