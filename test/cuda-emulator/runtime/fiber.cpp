#include "fiber.h"

#include <sys/mman.h>

#include <cstdint>

#include "guard.h"
#include "report.h"

#ifndef CUDA_EMULATOR_PORTABLE_FIBERS
// All fibers have the same floating-point modes, which are not switched.
extern "C" void cuda_emulator_switch_stack(void** save_stack_pointer, void* stack_pointer);
asm(R"(
  .text
  .type cuda_emulator_switch_stack, @function
  .hidden cuda_emulator_switch_stack
  .globl cuda_emulator_switch_stack
cuda_emulator_switch_stack:
  endbr64
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size cuda_emulator_switch_stack, . - cuda_emulator_switch_stack
)");
#endif

namespace cuda_emulator {
namespace {

constexpr std::size_t kStackBytes = 256 * 1024;  // most of it is never touched

}  // namespace

void Fiber::allocate_stack() {
  stack_bytes_ = kStackBytes;
  const std::size_t guard = page_bytes();
  void* memory =
      mmap(nullptr, kStackBytes + guard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) fail("no memory for a thread's stack");
  stack_ = static_cast<unsigned char*>(memory) + guard;
  mprotect(memory, guard, PROT_NONE);
  strand_.create();
}

bool Fiber::overflows_at(const void* address) const {
  const auto* byte = static_cast<const unsigned char*>(address);
  return stack_ && byte < stack_ && byte >= stack_ - page_bytes();
}

void Fiber::prepare(void (*entry)()) {
  if (!stack_) allocate_stack();
  permit(stack_, stack_bytes_);  // some frames were left for good
#ifdef CUDA_EMULATOR_ADDRESS_SANITIZER
  stack_bottom_ = stack_;
  fake_stack_ = nullptr;
#endif
#ifdef CUDA_EMULATOR_PORTABLE_FIBERS
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack_;
  context_.uc_stack.ss_size = stack_bytes_;
  context_.uc_link = nullptr;
  makecontext(&context_, entry, 0);
#else
  constexpr int kSavedRegisters = 6;
  // As after a call, the return address of entry() lies 8 below a multiple of 16.
  auto* top = reinterpret_cast<std::uint64_t*>(stack_ + stack_bytes_);
  *--top = 0;
  *--top = reinterpret_cast<std::uint64_t>(entry);
  for (int i = 0; i < kSavedRegisters; i++) *--top = 0;
  stack_pointer_ = top;
#endif
}

void Fiber::adopt_current() { strand_.adopt_current(); }

void Fiber::switch_to(Fiber& other, [[maybe_unused]] bool for_good) {
#ifdef CUDA_EMULATOR_ADDRESS_SANITIZER
  other.came_from_ = this;
  __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_stack_, other.stack_bottom_, other.stack_bytes_);
#endif
  other.strand_.enter();
#ifdef CUDA_EMULATOR_PORTABLE_FIBERS
  swapcontext(&context_, &other.context_);
#else
  cuda_emulator_switch_stack(&stack_pointer_, other.stack_pointer_);
#endif
  begin();
}

void Fiber::begin() {
#ifdef CUDA_EMULATOR_ADDRESS_SANITIZER
  const void* bottom;
  std::size_t bytes;
  __sanitizer_finish_switch_fiber(fake_stack_, &bottom, &bytes);
  // Learns the bounds of the stack of a thread that the emulator did not start.
  if (!came_from_->stack_) {
    came_from_->stack_bottom_ = bottom;
    came_from_->stack_bytes_ = bytes;
  }
#endif
}

}  // namespace cuda_emulator
