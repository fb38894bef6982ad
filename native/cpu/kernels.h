// What the driver and the kernels of one instruction set share. Kernels work on units of rows that they define
// themselves: a group of rows side by side, or a single long row.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../common/ground.h"

namespace semd {

struct Task {
  const semd_problem* problem;
  const semd_ground* ground;
  int64_t rows;
  double row_scale;  // 1 / sum of the row weights with reduction `mean` (0 where that sum is 0), else 1
};

// Partial result of a range of units.
struct Sums {
  double cross_entropy, emd;
  int64_t rows, non_finite;
};

// All pairs of points [rows, features], to [rows, rows].
struct PointPairs {
  const float* points;
  int64_t rows, features;
  float* out;
};

// That add_feature_rows takes at once.
constexpr int kMostRowsAtOnce = 4;

struct Kernels {
  const char* name;
  int64_t (*units)(const Task&);
  size_t (*scratch_bytes)(const Task&);  // for one thread; the scratch is aligned to 64 bytes
  void (*run)(const Task&, int64_t begin, int64_t end, char* scratch, Sums&);
  // Adds `count` rows of a class, normalized (semd_feature_norms), to its sums in their order. As many behind them are fetched meanwhile: all of them are pointers.
  void (*add_feature_rows)(const float* const* rows, int count, int64_t features, int32_t normalize, double* sums);
  // Distances between two ranges of points, both ways round.
  void (*block_distances)(const PointPairs&, int64_t row, int64_t row_end, int64_t column, int64_t column_end);
  // Whether each of `count` rows [count, classes] is one-hot; their classes are in `out` then.
  bool (*one_hot_classes)(const float* rows, int64_t count, int32_t classes, int32_t* out);
};

const Kernels& baseline_kernels();
#if defined(__x86_64__) || defined(_M_X64)
const Kernels& avx2_kernels();
const Kernels& avx512_kernels();
#endif

// Exponentials below the least normal number are 0, and so are such probabilities.
constexpr float kLeastLogit = -87.0f;
constexpr float kLeastProbability = 1.17549435e-38f;

// A distribution target must sum to 1 to within this.
constexpr double kDistributionTolerance = 1e-3;

}  // namespace semd
