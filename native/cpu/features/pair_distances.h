// Euclidean distances between blocks of points, sqrt(sum_f (a_f - b_f)^2): the differences are taken first, as the expanded
// square |a|^2 - 2 a b + |b|^2 would cancel. Squares are added up in float32 over a panel of features and in float64 over the
// panels. A tile of kTileRows x kTileColumns pairs shares its loads.
#pragma once

#include <cmath>

#include "../kernels.h"
#include "../simd/simd.h"

namespace SEMD_ISA {

constexpr int kTileRows = 4;
constexpr int kTileColumns = kLanes == 16 ? 4 : 2;  // as many sums as fit into registers
constexpr int64_t kPanel = 1024;                    // features; with 16 lanes, 64 terms to a lane of a sum

// By columns, so that numbers added by one vector instruction are neighbours.
struct TileSums {
  double of[kTileColumns][kTileRows];
};

// The sums over the lanes of four vectors.
static inline Quad sums_of_four(Float a, Float b, Float c, Float d) {
  transpose_quads(a, b, c, d);
  Quad quads[kLanes / 4];
  split(add(add(a, b), add(c, d)), quads);
  for (int width = kLanes / 8; width > 0; width /= 2) {
    for (int q = 0; q < width; q++) quads[q] = add(quads[q], quads[q + width]);
  }
  return quads[0];
}

// Adds the squared distances over `count` features. `a` has kTileRows points, `b` has kTileColumns.
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
  for (int c = 0; c < kTileColumns; c++) {
    float column[kTileRows];
    store_quad(column, sums_of_four(part[0][c], part[1][c], part[2][c], part[3][c]));
    for (int r = 0; r < kTileRows; r++) sums.of[c][r] += column[r];
  }
}

// Writes the square roots of a tile's sums to their places and to the mirror image.
static inline void write_tile(const semd::PointPairs& pairs, const TileSums& sums, int64_t i, int64_t i_end, int64_t j,
                              int64_t j_end) {
  static_assert(kTileRows * kTileColumns % kLanes == 0, "a tile is whole vectors");
  float roots[kTileColumns][kTileRows];
  for (int c = 0; c < kTileColumns; c++) {
    for (int r = 0; r < kTileRows; r++) roots[c][r] = static_cast<float>(sums.of[c][r]);
  }
  for (int k = 0; k < kTileRows * kTileColumns; k += kLanes) store(roots[0] + k, sqrt(load(roots[0] + k)));
  for (int c = 0; c < kTileColumns && j + c < j_end; c++) {
    float* mirrored = pairs.out + (j + c) * pairs.rows + i;
    for (int r = 0; r < kTileRows && i + r < i_end; r++) {
      mirrored[r] = roots[c][r];
      pairs.out[(i + r) * pairs.rows + j + c] = roots[c][r];
    }
  }
}

// The distances between points [row, row_end) and points [column, column_end), with their mirror image.
static void block_distances(const semd::PointPairs& pairs, int64_t row, int64_t row_end, int64_t column, int64_t column_end) {
  const auto point = [&](int64_t i, int64_t end) { return pairs.points + (i < end ? i : end - 1) * pairs.features; };
  for (int64_t i = row; i < row_end; i += kTileRows) {
    const float* a[kTileRows];
    for (int r = 0; r < kTileRows; r++) a[r] = point(i + r, row_end);
    // Of a block with itself only one half.
    for (int64_t j = row == column ? i : column; j < column_end; j += kTileColumns) {
      const float* b[kTileColumns];
      for (int c = 0; c < kTileColumns; c++) b[c] = point(j + c, column_end);
      TileSums sums{};
      for (int64_t begin = 0; begin < pairs.features; begin += kPanel) {
        add_panel(a, b, begin, pairs.features - begin < kPanel ? pairs.features - begin : kPanel, sums);
      }
      write_tile(pairs, sums, i, row_end, j, column_end);
    }
  }
}

}  // namespace SEMD_ISA
