// What the driver and the kernels of one instruction set share. Kernels work on units of rows that they define
// themselves: a group of rows side by side, or a single long row.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/ground.h"
#include "../core/labels.h"

namespace semd {

// What a row of distributions is: the class that has all of its mass, or
constexpr int32_t kNoMass = -1;  // a row of zeros, which is ignored
constexpr int32_t kSpread = -2;  // mass in several classes, or no distribution

struct Task {
  const semd_problem* problem;
  const semd_ground* ground;
  int64_t rows;      // of this task
  double row_scale;  // 1 / sum of the row weights with reduction `mean` (0 where that sum is 0), else 1
  // Which rows of the problem they are, ascending: of distributions those that are class indices are one task, the others
  // another. Null: all.
  const int64_t* row_list;
  const int32_t* row_kinds;  // of the problem's rows, where there may be rows of zeros among distributions; else null

  int64_t row_at(int64_t place) const { return row_list ? row_list[place] : place; }
  bool of_classes() const { return !is_distribution(problem->target_kind); }
  bool of_logits() const { return problem->input == SEMD_LOGITS; }
  // From logits to class indices: most ground distances then have a form without cancellation (mathematics, "One fused pass
  // for class indices").
  bool one_pass() const { return of_logits() && of_classes(); }
};

// Partial result of a range of units.
struct Sums {
  double cross_entropy, emd;
  double infinite;  // sum of the losses of rows that are infinite or NaN as float32 numbers
  int64_t rows, non_finite;
  int64_t first_non_finite;  // row, or -1

  void add_non_finite(int64_t row, double loss) {
    non_finite++;
    infinite += loss;
    if (first_non_finite < 0 || row < first_non_finite) first_non_finite = row;
  }
};
constexpr Sums kNoRows = {0, 0, 0, 0, 0, -1};

// All pairs of points [rows, features], to [rows, rows].
struct PointPairs {
  const float* points;
  int64_t rows, features;
  float* out;
};

// Floats that multiply_adds works on.
constexpr int kMultiplyAddState = 256;

// That add_feature_rows takes at once.
constexpr int kMostRowsAtOnce = 4;

struct Kernels {
  const char* name;
  int64_t (*units)(const Task&);
  int64_t (*rows_of_unit)(const Task&);  // but for the last one; of tasks of all rows with inner 1
  size_t (*scratch_bytes)(const Task&);  // for one thread; the scratch is aligned to 64 bytes
  void (*run)(const Task&, int64_t begin, int64_t end, char* scratch, Sums&);
  // Adds `count` rows of a class, normalized (semd_feature_norm), to its sums in their order. `rows` has as many pointers
  // again: the rows that come next, which are fetched meanwhile.
  void (*add_feature_rows)(const float* const* rows, int count, int64_t features, int32_t normalize, double* sums);
  // Distances between two ranges of points, both ways round.
  void (*block_distances)(const PointPairs&, int64_t row, int64_t row_end, int64_t column, int64_t column_end);
  // What rows of distributions are: [count, classes], and rows side by side whose classes are `inner` apart.
  void (*kinds_of_rows)(const float* rows, int64_t count, int32_t classes, int32_t* kinds);
  void (*kinds_of_columns)(const float* t, int64_t inner, int32_t count, int32_t classes, int32_t* kinds);
  // At least `count` float32 multiply-adds that do not wait for each other, on `state`, and how many there were: for benchmarks.
  int64_t (*multiply_adds)(int64_t count, float* state);
};

const Kernels& baseline_kernels();
#if defined(__x86_64__) || defined(_M_X64)
const Kernels& avx2_kernels();
const Kernels& avx512_kernels();
#endif

// Exponentials below the least normal number are 0, and so are such probabilities.
constexpr float kLeastLogit = -87.0f;
constexpr float kLeastProbability = 1.17549435e-38f;
// What the differences from a circle's mean leave of their sum, times the mass that moves, is made good from this share of E on:
// half of what the gradient's bound allows, as most rows stay below it.
constexpr float kUneven = 1e-6f;

// Targets whose sum is farther from 1 than this, either way, are multiplied by a power of 2 first: squares of their
// differences could leave the range of float32.
constexpr double kUsualMass = 1 << 20;

static inline bool is_usual(double mass) { return mass >= 1 / kUsualMass && mass <= kUsualMass; }

}  // namespace semd
