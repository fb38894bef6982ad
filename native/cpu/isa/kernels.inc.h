// The kernel table of one instruction set: included once by each kernels_*.cpp, which names the instruction set.
#pragma once

#include "../columns/kernel.h"
#include "../features/centroid_rows.h"
#include "../features/multiply_adds.h"
#include "../features/pair_distances.h"
#include "../grounds/grounds.h"
#include "../kernels.h"
#include "../long_row/kernel.h"
#include "../rows/row_kind.h"

namespace SEMD_ISA {

// The unit of work is a long row, or a tile of rows side by side.
static int64_t units(const Task& task) { return takes_long_rows(task) ? task.rows : wide::tiles_of(task); }

static int64_t rows_of_unit(const Task& task) { return takes_long_rows(task) ? 1 : wide::kLanes; }

static size_t scratch_bytes(const Task& task) {
  return takes_long_rows(task) ? long_row::scratch_bytes(task) : wide::scratch_bytes(task);
}

static void run(const Task& task, int64_t begin, int64_t end, char* scratch, Sums& sums) {
  if (takes_long_rows(task)) {
    long_row::run_rows(task, begin, end, scratch, sums);
  } else {
    wide::run_tiles(task, begin, end, scratch, sums);
  }
}

static semd::Kernels table(const char* name) {
  return {name, units, rows_of_unit, scratch_bytes, run, add_feature_rows, block_distances, kinds_of_rows, kinds_of_columns,
          multiply_adds};
}

}  // namespace SEMD_ISA
