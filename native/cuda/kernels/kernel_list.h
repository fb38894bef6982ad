// Which loss kernels there are, and what a launch of each needs.
//
// Three families, by how threads divide rows: thread_rows/ (a thread per row), segmented_rows/ (a group of threads per row,
// neighbouring classes for each), and tiled_rows/ (a group per row, which takes tile after tile of it). The last one serves
// everything, the others what most calls ask for.
#pragma once

#include <cstddef>
#include <vector>

#include "../../core/limits.h"
#include "row_problem.h"

namespace semd::cuda {

struct LossKernel {
  void (*function)(RowProblem);
  int group_size;       // threads that share a row; 0: the block
  int threads;          // of a block, at most
  int vector = 0;       // neighbouring classes that a thread takes at a time
  int classes = 0;      // at most
  int chunk = 0;        // classes of a chunked row that are in shared memory at a time; 0: rows are not chunked
  bool copies_gaps = false;  // to shared memory, if there is room
  bool (*serves)(const RowProblem&) = nullptr;  // null: every problem of its ground distance
  // Rows that are in shared memory as they are in device memory ("raw"): bytes of a block, whose rows have `size` threads
  // each. Null: tiled rows, with the members below.
  size_t (*raw_bytes)(int classes, int size, int threads) = nullptr;
  bool staged = false;                  // rows pass through a stage, as float32
  bool keeps_in_shared_memory = false;  // and what is kept of them lies beside it
  bool needs_workspace = false;         // numbers in float64, in shared memory if they fit
  // Of energies, and launched alike: writes the masses that are multiplied by M before `function` runs.
  void (*first_pass)(RowProblem) = nullptr;
};

// The kernels of a form, in ascending order of the classes they are for.
struct LossKernels {
  std::vector<LossKernel> rows;
  std::vector<LossKernel> pixels;  // a thread per row, for classes that do not lie side by side
};

constexpr int kAnyClasses = kMostClasses;
constexpr int kThreadsPerBlock = 128;

// Of one element type each, in ascending order of classes.
std::vector<LossKernel> thread_row_kernels_of_float32();
std::vector<LossKernel> thread_row_kernels_of_float16();
std::vector<LossKernel> thread_distribution_kernels_of_float32();
std::vector<LossKernel> thread_tree_kernels_of_float32();
std::vector<LossKernel> thread_energy_kernels();
std::vector<LossKernel> segmented_row_kernels_of_float32();
std::vector<LossKernel> segmented_row_kernels_of_float16();
std::vector<LossKernel> cost_row_kernels_of_float32();
std::vector<LossKernel> cost_row_kernels_of_float16();

// The forms, with the kernels of all families.
const LossKernels& one_pass_kernels();
const LossKernels& difference_kernels();
const LossKernels& cost_kernels();
const LossKernels& tree_kernels();
const LossKernels& energy_kernels();

}  // namespace semd::cuda
