// What the driver and the kernels of one instruction set share. Kernels work on units of rows that they define
// themselves: a group of rows side by side, or a single long row.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ground.h"

namespace semd {

struct Task {
  const semd_problem* problem;
  const semd_ground* ground;
  int64_t rows;
  float row_scale;  // 1 / sum of the row weights with reduction `mean` (0 where that sum is 0), else 1
};

// Partial result of a range of units.
struct Sums {
  double cross_entropy = 0;
  double emd = 0;
  int64_t rows = 0;
  int64_t non_finite = 0;
};

struct Kernels {
  const char* name;
  int64_t (*units)(const Task&);
  size_t (*scratch_bytes)(const Task&);  // for one thread; the scratch is aligned to 64 bytes
  void (*run)(const Task&, int64_t begin, int64_t end, char* scratch, Sums&);
};

const Kernels& baseline_kernels();
#if defined(__x86_64__) || defined(_M_X64)
const Kernels& avx2_kernels();
const Kernels& avx512_kernels();
#endif

// Probabilities below these count as 0, lest denormal arithmetic slow confident rows down (mathematics, "Two rules of
// numerics"): with power 2 their squares are denormal; with power 1 they are far below the promised accuracy.
constexpr float kLeastSquared = 2.168404345e-19f;  // 2^-62
constexpr float kLeastLinear = 1.925929944e-34f;   // 2^-112
constexpr float kLogLeastSquared = -42.9751256f;
constexpr float kLogLeastLinear = -77.6324853f;

// A distribution target must sum to 1 to within this.
constexpr double kDistributionTolerance = 1e-3;

}  // namespace semd
