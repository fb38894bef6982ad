#include "rescale.h"

#include <cmath>
#include <cstring>

namespace semd {
namespace {

// Exact even while the processor treats denormal numbers as 0.
double exact(float t) {
  uint32_t bits;
  std::memcpy(&bits, &t, sizeof bits);
  const uint32_t size = bits & 0x7fffffffu;
  if (size >= 0x00800000u) return t;
  const double value = std::ldexp(static_cast<double>(size), -149);
  return bits >> 31 ? -value : value;
}

}  // namespace

void rescale_to_usual(const float* from, int64_t stride, int32_t classes, float* to) {
  double mass = 0;
  bool valid = true;
  for (int32_t i = 0; i < classes; i++) {
    const double t = exact(from[i * stride]);
    valid = valid && t >= 0;
    mass += t;
  }
  valid = valid && mass > 0 && std::isfinite(mass);
  int exponent = 0;
  if (valid) std::frexp(mass, &exponent);
  for (int32_t i = 0; i < classes; i++) {
    const float t = from[i * stride];
    to[i * stride] = valid ? static_cast<float>(std::ldexp(exact(t), -exponent)) : t;
  }
}

}  // namespace semd
