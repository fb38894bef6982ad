// What the emulator tells AddressSanitizer and ThreadSanitizer; without them these functions do nothing. The runtime itself is
// compiled without -fsanitize=thread, so CUDA_EMULATOR_THREAD_SANITIZER tells it that kernels are compiled with it.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define CUDA_EMULATOR_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CUDA_EMULATOR_ADDRESS_SANITIZER 1
#endif
#endif

#ifdef CUDA_EMULATOR_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define CUDA_EMULATOR_UNCHECKED __attribute__((no_sanitize("address")))
#else
#define CUDA_EMULATOR_UNCHECKED
#endif

#ifdef CUDA_EMULATOR_THREAD_SANITIZER
extern "C" {
void* __tsan_get_current_fiber();
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void __tsan_ignore_thread_begin();
void __tsan_ignore_thread_end();
}
#endif

namespace cuda_emulator {

#ifdef CUDA_EMULATOR_THREAD_SANITIZER
constexpr bool kWatchesRaces = true;
#else
constexpr bool kWatchesRaces = false;
#endif

// From here on accesses by kernels are errors.
inline void forbid(const void* memory, std::size_t bytes) {
#ifdef CUDA_EMULATOR_ADDRESS_SANITIZER
  __asan_poison_memory_region(memory, bytes);
#else
  static_cast<void>(memory), static_cast<void>(bytes);
#endif
}

inline void permit(const void* memory, std::size_t bytes) {
#ifdef CUDA_EMULATOR_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(memory, bytes);
#else
  static_cast<void>(memory), static_cast<void>(bytes);
#endif
}

// Everything before a release happens before everything after an acquire of the same address.
inline void release(const void* address) {
#ifdef CUDA_EMULATOR_THREAD_SANITIZER
  __tsan_release(const_cast<void*>(address));
#else
  static_cast<void>(address);
#endif
}

inline void acquire(const void* address) {
#ifdef CUDA_EMULATOR_THREAD_SANITIZER
  __tsan_acquire(const_cast<void*>(address));
#else
  static_cast<void>(address);
#endif
}

// Scopes in which nothing is watched, as the runtime's own objects pass between threads in no order that programs may rely on.
class Unwatched {
 public:
#ifdef CUDA_EMULATOR_THREAD_SANITIZER
  Unwatched() { __tsan_ignore_thread_begin(); }
  ~Unwatched() { __tsan_ignore_thread_end(); }
#else
  Unwatched() {}
#endif
  Unwatched(const Unwatched&) = delete;
};

// Scopes within those, in which a device works on a program's memory and is watched.
class Watched {
 public:
#ifdef CUDA_EMULATOR_THREAD_SANITIZER
  Watched() { __tsan_ignore_thread_end(); }
  ~Watched() { __tsan_ignore_thread_begin(); }
#else
  Watched() {}
#endif
  Watched(const Watched&) = delete;
};

// A thread of execution, as ThreadSanitizer sees it.
class Strand {
 public:
  void create() {
#ifdef CUDA_EMULATOR_THREAD_SANITIZER
    handle_ = __tsan_create_fiber(0);
#endif
  }
  void adopt_current() {
#ifdef CUDA_EMULATOR_THREAD_SANITIZER
    handle_ = __tsan_get_current_fiber();
#endif
  }
  void destroy() {
#ifdef CUDA_EMULATOR_THREAD_SANITIZER
    __tsan_destroy_fiber(handle_);
#endif
  }
  // Entering orders nothing; only release and acquire do.
  void enter() const {
#ifdef CUDA_EMULATOR_THREAD_SANITIZER
    constexpr unsigned kNoSynchronization = 1;
    __tsan_switch_to_fiber(handle_, kNoSynchronization);
#endif
  }

 private:
#ifdef CUDA_EMULATOR_THREAD_SANITIZER
  void* handle_ = nullptr;
#endif
};

}  // namespace cuda_emulator
