// Denormal results are flushed to zero while kernels run: they carry no digit of any promised result, and confident rows
// would produce them by the thousand, each ten times slower than a normal number. The thread's own setting is restored
// afterwards, so that JavaScript never notices.
#pragma once

#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#elif defined(_M_ARM64)
#include <intrin.h>
#endif

namespace semd {

class FlushDenormals {
 public:
  FlushDenormals() : saved_(read()) { write(saved_ | kFlush); }
  ~FlushDenormals() { write(saved_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__x86_64__) || defined(_M_X64)
  using Control = unsigned;
  static constexpr Control kFlush = 0x8000;  // MXCSR.FTZ; denormal inputs are still read as they are
  static Control read() { return _mm_getcsr(); }
  static void write(Control control) { _mm_setcsr(control); }
#elif defined(__aarch64__)
  using Control = uint64_t;
  static constexpr Control kFlush = uint64_t{1} << 24;  // FPCR.FZ
  static Control read() {
    Control control;
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(control));
    return control;
  }
  static void write(Control control) { __asm__ __volatile__("msr fpcr, %0" : : "r"(control)); }
#elif defined(_M_ARM64)
  using Control = int64_t;
  static constexpr Control kFlush = int64_t{1} << 24;
  static Control read() { return _ReadStatusReg(ARM64_FPCR); }
  static void write(Control control) { _WriteStatusReg(ARM64_FPCR, control); }
#else
  using Control = int;
  static constexpr Control kFlush = 0;
  static Control read() { return 0; }
  static void write(Control) {}
#endif
  Control saved_;
};

}  // namespace semd
