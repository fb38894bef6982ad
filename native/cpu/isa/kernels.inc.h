// The kernel table of one instruction set: included once by each kernels_*.cpp, which names the instruction set.
#pragma once

#include "../features/centroid_rows.h"
#include "../kernels.h"
#include "../columns/kernel.h"
#include "../features/pair_distances.h"
#include "../grounds/grounds.h"
#include "../long_row/kernel.h"
#include "../rows/row_kind.h"

namespace SEMD_ISA {

static int64_t units(const Task& task) { return takes_long_rows(task) ? task.rows : wide::lane_tiles(task); }

static size_t scratch_bytes(const Task& task) {
  return takes_long_rows(task) ? row_scratch_bytes(task) : wide::lane_scratch_bytes(task);
}

static void run(const Task& task, int64_t begin, int64_t end, char* scratch, Sums& sums) {
  if (takes_long_rows(task)) {
    run_long_rows(task, begin, end, scratch, sums);
  } else {
    wide::run_lane_tiles(task, begin, end, scratch, sums);
  }
}

static semd::Kernels table(const char* name) {
  return {name, units, scratch_bytes, run, add_feature_rows, block_distances, kinds_of_rows, kinds_of_columns};
}

}  // namespace SEMD_ISA
