// The loss kernels, and what a launch of each needs.
//
// There are three families, by how threads divide rows: thread_rows/ (a thread per row), segmented_rows/ (a group of threads
// per row, each with a segment of neighbouring classes) and tiled_rows/ (a group of threads per row, which takes it tile after
// tile). The last serves every problem, the others are faster for the most common ones.
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
  int classes = 0;      // of a row, at most
  int fewest = 0;       // classes of a row, at least
  int cluster = 1;       // blocks that share a row; then each of them has `group_size` 0
  int chunk = 0;        // classes of a chunked row that are in shared memory at a time; 0: rows are not chunked
  bool copies_gaps = false;  // copies the gaps to shared memory, if there is room
  bool (*serves)(const RowProblem&) = nullptr;  // null: every problem of its ground distance
  // For raw rows, which are in shared memory as they are in device memory: the bytes of a block, whose rows have `size` threads
  // each. Null for tiled rows, which have the members below.
  size_t (*raw_bytes)(int classes, int size, int threads) = nullptr;
  bool staged = false;                  // rows pass through a stage, as float32
  int numbers_per_tile = 0;             // that a thread keeps in shared memory, beside any stage
  bool needs_workspace = false;         // needs float64 numbers, in shared memory if they fit
  // For energies: writes the masses that are multiplied by M before `function` runs. Launched like `function`.
  void (*first_pass)(RowProblem) = nullptr;
};

// The kernels of a form, in ascending order of the classes they are for.
struct LossKernels {
  std::vector<LossKernel> rows;
  std::vector<LossKernel> pixels;  // a thread per row, for classes that are not contiguous
  std::vector<LossKernel> clusters = {};  // of more and more blocks for a row; empty where the library has none
};

constexpr int kAnyClasses = kMostClasses;
constexpr int kThreadsPerBlock = 128;

// In ascending order of classes, for one element type or for each.
std::vector<LossKernel> thread_row_kernels_of_float32();
std::vector<LossKernel> thread_row_kernels_of_float16();
std::vector<LossKernel> thread_row_kernels_of_bfloat16();
std::vector<LossKernel> thread_distribution_kernels();
std::vector<LossKernel> thread_tree_kernels();
std::vector<LossKernel> thread_energy_kernels();
std::vector<LossKernel> segmented_row_kernels_of_float32();
std::vector<LossKernel> segmented_row_kernels_of_float16();
std::vector<LossKernel> segmented_row_kernels_of_bfloat16();
std::vector<LossKernel> segmented_difference_kernels();
std::vector<LossKernel> segmented_tree_kernels_of_float32();
std::vector<LossKernel> segmented_tree_kernels_of_float16();
std::vector<LossKernel> segmented_tree_kernels_of_bfloat16();
std::vector<LossKernel> cost_row_kernels_of_float32();
std::vector<LossKernel> cost_row_kernels_of_float16();
std::vector<LossKernel> cost_row_kernels_of_bfloat16();
std::vector<LossKernel> clustered_row_kernels();

// The kernels of each form, from all families.
const LossKernels& one_pass_kernels();
const LossKernels& difference_kernels();
const LossKernels& cost_kernels();
const LossKernels& tree_kernels();
const LossKernels& energy_kernels();

}  // namespace semd::cuda
