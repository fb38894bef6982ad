// The processor's floating-point modes while it plays a device: as with -ftz=true, denormals count as 0.
#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace cuda_emulator {

class DeviceFloatingPoint {
 public:
#if defined(__SSE2__)
  DeviceFloatingPoint() : before_(_mm_getcsr()) { _mm_setcsr(before_ | kFlushToZero | kDenormalsAreZero); }
  ~DeviceFloatingPoint() { _mm_setcsr(before_); }

 private:
  static constexpr unsigned kFlushToZero = 0x8000, kDenormalsAreZero = 0x40;
  unsigned before_;
#else
  DeviceFloatingPoint() {}
#endif
  DeviceFloatingPoint(const DeviceFloatingPoint&) = delete;
};

}  // namespace cuda_emulator
