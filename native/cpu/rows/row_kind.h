// The kind of a row of distributions (kernels.h): one with all of its mass in one class is computed as a class index, which
// is half the work and loses fewer digits.
#pragma once

#include <limits>

#include "../kernels.h"
#include "../simd/block.h"

namespace SEMD_ISA {

// In floats. Far ahead, as the search does so little per element that memory could not deliver in time otherwise.
constexpr int kFetchedAhead = 2048;

static inline bool is_mass(float t) { return t > 0 && t <= std::numeric_limits<float>::max(); }

// Of a row that fits into one vector.
static inline int32_t kind_of_short_row(const float* t, int classes, unsigned all) {
  const unsigned set = all & ~bits(equal(load_first(t, classes, zero()), zero()));
  if (set == 0) return semd::kNoMass;
  const int found = lowest_bit(set);
  return (set & (set - 1)) || !is_mass(t[found]) ? semd::kSpread : found;
}

static int32_t kind_of_row(const float* t, int classes) {
  const unsigned all = bits(equal(zero(), zero()));
  int32_t found = semd::kNoMass;
  for (int i = 0; i < classes; i += kBlock) {
    const Block b = load_block(t + i, classes - i, 0.0f);
    for (int line = 0; line < kBlock; line += kLine) prefetch(t + i + kFetchedAhead + line);
    Mask none[4];
    for (int c = 0; c < 4; c++) none[c] = equal(b.v[c], zero());
    if (bits(both(both(none[0], none[1]), both(none[2], none[3]))) == all) continue;
    for (int c = 0; c < 4; c++) {
      const unsigned set = all & ~bits(none[c]);
      if (!set) continue;
      const int place = i + c * kLanes + lowest_bit(set);
      if (found >= 0 || (set & (set - 1)) || !is_mass(t[place])) return semd::kSpread;
      found = place;
    }
  }
  return found;
}

static void kinds_of_rows(const float* rows, int64_t count, int classes, int32_t* kinds) {
  if (classes > kLanes) {
    for (int64_t row = 0; row < count; row++) kinds[row] = kind_of_row(rows + row * classes, classes);
    return;
  }
  const unsigned all = bits(equal(zero(), zero()));
  for (int64_t row = 0; row < count; row++) kinds[row] = kind_of_short_row(rows + row * classes, classes, all);
}

// Of rows whose classes are `inner` apart, and which are neighbours in memory.
static void kinds_of_columns(const float* t, int64_t inner, int count, int classes, int32_t* kinds) {
  for (int row = 0; row < count; row++) kinds[row] = semd::kNoMass;
  for (int i = 0; i < classes; i++, t += inner) {
    int32_t open = 0;
    for (int row = 0; row < count; row++) {
      const int32_t before = kinds[row], after = before == semd::kNoMass && is_mass(t[row]) ? i : semd::kSpread;
      kinds[row] = t[row] == 0 ? before : after;
      open |= kinds[row] + 2;
    }
    if (!open) return;
  }
}

}  // namespace SEMD_ISA
