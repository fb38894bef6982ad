#include "median.h"

#include <algorithm>
#include <cmath>

namespace semd {

int32_t weighted_median(const float* values, int64_t stride, const float* weights, int32_t count, int32_t* order) {
  auto value = [&](int32_t i) { return values[i * stride]; };
  double half = 0;
  for (int32_t i = 0; i < count; i++) {
    if (std::isnan(value(i))) return 0;  // NaN is not ordered, and without an order a selection runs out of bounds
    order[i] = i;
    half += weights[i];
  }
  half /= 2;
  // Ties go by index, so that the result does not depend on how the selection proceeds.
  auto before = [&](int32_t a, int32_t b) { return value(a) < value(b) || (value(a) == value(b) && a < b); };
  int32_t *first = order, *last = order + count;
  double below = 0;  // the weight of what lies before `first`
  while (last - first > 1) {
    int32_t* middle = first + (last - first) / 2;
    std::nth_element(first, middle, last, before);
    double left = below;
    for (int32_t* i = first; i < middle; i++) left += weights[*i];
    if (left >= half) {
      last = middle;
    } else {
      below = left;
      first = middle;
    }
  }
  return *first;
}

}  // namespace semd
