// How kernels access device memory: cached and streaming accesses, atomics, fences. Atomics on float are left out on purpose, as
// kernels must not have sums whose order changes from run to run.
#pragma once

#include <cstddef>

namespace cuda_emulator {

// A device faults on an access that is not aligned to its size.
void check_alignment(const void* address, std::size_t alignment);
// A fence alone orders nothing. A fence before an atomic operation, together with one after another operation that sees it, does.
void fence();
void before_atomic(void* address);
void after_atomic(void* address);

template <class T>
T load(const T* address) {
  check_alignment(address, alignof(T));
  return *address;
}

template <class T>
void store(T* address, T value) {
  check_alignment(address, alignof(T));
  *address = value;
}

template <class T, class Change>
T atomic(T* address, Change change) {
  check_alignment(address, alignof(T));
  before_atomic(address);
  T old = __atomic_load_n(address, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(address, &old, change(old), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  after_atomic(address);
  return old;
}

template <class T>
struct Same {
  using Type = T;
};

}  // namespace cuda_emulator

#define CUDA_EMULATOR_LOAD(name)         \
  template <class T>                     \
  T name(const T* address) {             \
    return cuda_emulator::load(address); \
  }
CUDA_EMULATOR_LOAD(__ldg)
CUDA_EMULATOR_LOAD(__ldca)
CUDA_EMULATOR_LOAD(__ldcg)
CUDA_EMULATOR_LOAD(__ldcs)
CUDA_EMULATOR_LOAD(__ldlu)
CUDA_EMULATOR_LOAD(__ldcv)
#undef CUDA_EMULATOR_LOAD

#define CUDA_EMULATOR_STORE(name)                                      \
  template <class T>                                                   \
  void name(T* address, typename cuda_emulator::Same<T>::Type value) { \
    cuda_emulator::store(address, value);                              \
  }
CUDA_EMULATOR_STORE(__stwb)
CUDA_EMULATOR_STORE(__stcg)
CUDA_EMULATOR_STORE(__stcs)
CUDA_EMULATOR_STORE(__stwt)
#undef CUDA_EMULATOR_STORE

#define CUDA_EMULATOR_ATOMICS(T)                                                                       \
  inline T atomicAdd(T* address, T operand) {                                                          \
    return cuda_emulator::atomic(address, [operand](T old) { return static_cast<T>(old + operand); }); \
  }                                                                                                    \
  inline T atomicMin(T* address, T operand) {                                                          \
    return cuda_emulator::atomic(address, [operand](T old) { return operand < old ? operand : old; }); \
  }                                                                                                    \
  inline T atomicMax(T* address, T operand) {                                                          \
    return cuda_emulator::atomic(address, [operand](T old) { return old < operand ? operand : old; }); \
  }                                                                                                    \
  inline T atomicExch(T* address, T operand) {                                                         \
    return cuda_emulator::atomic(address, [operand](T) { return operand; });                           \
  }                                                                                                    \
  inline T atomicCAS(T* address, T expected, T operand) {                                              \
    return cuda_emulator::atomic(address, [=](T old) { return old == expected ? operand : old; });     \
  }                                                                                                    \
  inline T atomicOr(T* address, T operand) {                                                           \
    return cuda_emulator::atomic(address, [operand](T old) { return static_cast<T>(old | operand); }); \
  }                                                                                                    \
  inline T atomicAnd(T* address, T operand) {                                                          \
    return cuda_emulator::atomic(address, [operand](T old) { return static_cast<T>(old & operand); }); \
  }
CUDA_EMULATOR_ATOMICS(int)
CUDA_EMULATOR_ATOMICS(unsigned)
CUDA_EMULATOR_ATOMICS(unsigned long long)
#undef CUDA_EMULATOR_ATOMICS

inline long long atomicMin(long long* address, long long operand) {
  return cuda_emulator::atomic(address, [operand](long long old) { return operand < old ? operand : old; });
}
inline long long atomicMax(long long* address, long long operand) {
  return cuda_emulator::atomic(address, [operand](long long old) { return old < operand ? operand : old; });
}
inline unsigned atomicInc(unsigned* address, unsigned limit) {
  return cuda_emulator::atomic(address, [limit](unsigned old) { return old >= limit ? 0 : old + 1; });
}
inline unsigned atomicDec(unsigned* address, unsigned limit) {
  return cuda_emulator::atomic(address, [limit](unsigned old) { return old == 0 || old > limit ? limit : old - 1; });
}

inline void __threadfence() { cuda_emulator::fence(); }
inline void __threadfence_block() { cuda_emulator::fence(); }
inline void __threadfence_system() { cuda_emulator::fence(); }
