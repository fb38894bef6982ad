// Euclidean distances between blocks of points: differences first, so that nothing cancels, squared and added up in float32
// over a panel of features and in float64 over the panels. A tile of pairs shares its loads.
#pragma once

#include <cmath>

#include "kernels.h"
#include "simd/simd.h"

namespace SEMD_ISA {

constexpr int kTileRows = 4;
constexpr int kTileColumns = kLanes == 16 ? 4 : 2;  // as many sums as registers can hold
constexpr int64_t kPanel = 1024;                    // features: 64 terms per lane and sum at most with 16 lanes

struct TileSums {
  double of[kTileRows][kTileColumns];
};

// Adds the squared distances over `count` features. The points are kTileRows and kTileColumns pointers.
static inline void add_panel(const float* const* a, const float* const* b, int64_t begin, int64_t count, TileSums& sums) {
  Float part[kTileRows][kTileColumns];
  for (auto& row : part) {
    for (Float& one : row) one = zero();
  }
  const auto step = [&](auto read) {
    Float x[kTileRows];
    for (int r = 0; r < kTileRows; r++) x[r] = read(a[r]);
    for (int c = 0; c < kTileColumns; c++) {
      const Float y = read(b[c]);
      for (int r = 0; r < kTileRows; r++) {
        const Float difference = sub(x[r], y);
        part[r][c] = fma(difference, difference, part[r][c]);
      }
    }
  };
  const int64_t end = begin + count;
  int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes) step([i](const float* p) { return load(p + i); });
  if (i < end) {
    const auto left = static_cast<int>(end - i);
    step([i, left](const float* p) { return load_first(p + i, left, zero()); });
  }
  for (int r = 0; r < kTileRows; r++) {
    for (int c = 0; c < kTileColumns; c++) sums.of[r][c] += sum(widen(part[r][c]));
  }
}

// Rows [row, row_end) against columns [column, column_end), both ways round.
static void block_distances(const semd::PointPairs& pairs, int64_t row, int64_t row_end, int64_t column, int64_t column_end) {
  const auto point = [&](int64_t i, int64_t end) { return pairs.points + (i < end ? i : end - 1) * pairs.features; };
  for (int64_t i = row; i < row_end; i += kTileRows) {
    const float* a[kTileRows];
    for (int r = 0; r < kTileRows; r++) a[r] = point(i + r, row_end);
    for (int64_t j = column; j < column_end; j += kTileColumns) {
      const float* b[kTileColumns];
      for (int c = 0; c < kTileColumns; c++) b[c] = point(j + c, column_end);
      TileSums sums{};
      for (int64_t begin = 0; begin < pairs.features; begin += kPanel) {
        add_panel(a, b, begin, pairs.features - begin < kPanel ? pairs.features - begin : kPanel, sums);
      }
      for (int r = 0; r < kTileRows && i + r < row_end; r++) {
        for (int c = 0; c < kTileColumns && j + c < column_end; c++) {
          const auto distance = static_cast<float>(std::sqrt(sums.of[r][c]));
          pairs.out[(i + r) * pairs.rows + j + c] = distance;
          pairs.out[(j + c) * pairs.rows + i + r] = distance;
        }
      }
    }
  }
}

}  // namespace SEMD_ISA
