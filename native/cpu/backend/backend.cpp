// The CPU backend: checks a problem, cuts its rows into chunks, and adds up what the chunks return.
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <new>

#include "../denormals.h"
#include "../../core/ground.h"
#include "../../core/no_throw.h"
#include "../../core/validity.h"
#include "../instruction_set.h"
#include "../kernels.h"
#include "../rows/row_kinds.h"
#include "../rows/rows_check.h"
#include "../threads/thread_count.h"
#include "../threads/threads.h"

namespace semd {
namespace {

// Work is cut by its size alone, never by the number of threads, so that sums come out in the same order.
constexpr int64_t kMaxChunks = 256;
constexpr int64_t kChunkElements = 4096;
// Below this many elements a thread costs more to wake than it saves.
constexpr int64_t kThreadElements = 32768;
// Of a batch in which some rows of distributions are class indices as much is worked on at a time.
constexpr int64_t kMixedElements = 1 << 18;
// A larger scratch is given back after the call.
constexpr size_t kKeptScratch = size_t{8} << 20;
// Between the scratch of two threads: prefetchers fetch what lies ahead, and would take lines from each other (15% of the
// time at 1000 classes).
constexpr size_t kScratchGap = 4096;

std::atomic<int32_t> default_threads{0};

int32_t threads_or_default(int32_t threads) {
  if (threads <= 0) threads = default_threads.load(std::memory_order_relaxed);
  if (threads > 0) return threads;
  static const int32_t processors = available_processors();
  return processors;
}

class Scratch {
 public:
  // 64-byte aligned memory that stays this thread's until it asks for more.
  char* reserve(size_t bytes) {
    if (bytes > size_) {
      memory_.reset();
      size_ = 0;  // should the next line throw
      memory_.reset(new char[bytes + 64]);
      size_ = bytes;
    }
    const auto address = reinterpret_cast<uintptr_t>(memory_.get());
    return memory_.get() + (64 - address % 64) % 64;
  }
  void trim() {
    if (size_ <= kKeptScratch) return;
    memory_.reset();
    size_ = 0;
  }

 private:
  std::unique_ptr<char[]> memory_;
  size_t size_ = 0;
};

struct Run {
  Task task;
  int64_t units, units_per_chunk;
  size_t scratch_bytes;
  char* scratch;
  Sums* sums;
};

void run_chunk(void* context, int64_t chunk, int slot) {
  const Run& run = *static_cast<const Run*>(context);
  const int64_t begin = chunk * run.units_per_chunk;
  const int64_t end = begin + run.units_per_chunk < run.units ? begin + run.units_per_chunk : run.units;
  run.sums[chunk] = kNoRows;
  const FlushDenormals flush;
  kernels().run(run.task, begin, end, run.scratch + run.scratch_bytes * slot, run.sums[chunk]);
}

// Unit of the reduction: 1 / the sum of the row weights, which is asked for where it counts.
template <class Total>
double mean_scale(const semd_problem& problem, Total total_of_weights) {
  if (problem.reduction != SEMD_REDUCE_MEAN) return 1;
  const double total = total_of_weights();
  return total > 0 ? 1 / total : 0;
}

void add_to(Sums& sums, const Sums& more) {
  sums.cross_entropy += more.cross_entropy;
  sums.emd += more.emd;
  sums.rows += more.rows;
  if (more.non_finite == 0) return;
  const int64_t before = sums.non_finite;
  sums.add_non_finite(more.first_non_finite, more.infinite);
  sums.non_finite = before + more.non_finite;
}

Sums run_rows(const Task& task) {
  thread_local Scratch scratch;
  const semd_problem& problem = *task.problem;
  const Kernels& k = kernels();
  Run run;
  run.task = task;
  run.units = k.units(task);
  const int64_t elements = task.rows * problem.classes;
  const int64_t by_size = (kChunkElements * run.units + elements - 1) / elements;
  const int64_t by_count = (run.units + kMaxChunks - 1) / kMaxChunks;
  run.units_per_chunk = by_size > by_count ? by_size : by_count;
  const int64_t chunks = (run.units + run.units_per_chunk - 1) / run.units_per_chunk;

  int64_t threads = threads_for(problem.threads, elements, kThreadElements);
  if (threads > chunks) threads = chunks;
  run.scratch_bytes = (k.scratch_bytes(task) + 63) / 64 * 64 + kScratchGap;
  run.scratch = scratch.reserve(run.scratch_bytes * static_cast<size_t>(threads));
  Sums sums[kMaxChunks];
  run.sums = sums;
  parallel_for(static_cast<int>(threads), chunks, run_chunk, &run);
  scratch.trim();

  Sums all = kNoRows;
  for (int64_t chunk = 0; chunk < chunks; chunk++) add_to(all, sums[chunk]);
  return all;
}

// As class indices those rows that are; the others, if there are any, as distributions.
Sums run_distributions(const semd_problem& problem, int64_t rows, double& scale) {
  thread_local Scratch memory;
  auto* list = reinterpret_cast<int64_t*>(memory.reserve(static_cast<size_t>(rows) * (sizeof(int64_t) + sizeof(int32_t))));
  auto* kinds = reinterpret_cast<int32_t*>(list + rows);
  const RowKinds found = find_row_kinds(problem, rows, kinds);
  semd_problem by_class = problem;
  by_class.target_kind = SEMD_LABELS_INT32;
  by_class.targets = kinds;
  by_class.has_ignore_index = found.none > 0;
  by_class.ignore_index = kNoMass;
  scale = mean_scale(problem, [&] {
    if (!problem.sample_weights && !problem.class_weights) return static_cast<double>(rows - found.none);
    return found.spread > 0 ? sum_weights(problem, kinds, rows) : sum_weights(by_class, rows);
  });
  Sums sums = kNoRows;
  const int32_t* with_zeros = found.none > 0 ? kinds : nullptr;
  if (found.spread == 0) {
    sums = run_rows(Task{&by_class, problem.ground, rows, scale, nullptr, nullptr});
  } else if (found.classes == 0) {
    sums = run_rows(Task{&problem, problem.ground, rows, scale, nullptr, with_zeros});
  } else {
    // Both kinds of rows while they are in the cache.
    const int64_t stretch = kMixedElements / problem.classes + 1;
    for (int64_t begin = 0; begin < rows; begin += stretch) {
      const int64_t end = begin + stretch < rows ? begin + stretch : rows;
      int64_t classes = 0;
      for (int64_t row = begin; row < end; row++) classes += kinds[row] >= 0;
      int64_t next = 0, next_other = classes;
      for (int64_t row = begin; row < end; row++) list[kinds[row] >= 0 ? next++ : next_other++] = row;
      const int64_t others = end - begin - classes;
      const int64_t* rest = list + classes;
      if (classes > 0) add_to(sums, run_rows(Task{&by_class, problem.ground, classes, scale, list, nullptr}));
      if (others > 0) add_to(sums, run_rows(Task{&problem, problem.ground, others, scale, rest, with_zeros}));
    }
  }
  memory.trim();
  return sums;
}

semd_status loss(const semd_problem* problem, semd_result* result) {
  *result = semd_result{};
  result->first_non_finite = -1;
  if (!is_valid(*problem, problem->ground ? problem->ground->classes : 0)) return SEMD_INVALID_PROBLEM;
  const int64_t rows = problem->outer * problem->inner;
  double total = 0;
  const semd_status status = check_rows(*problem, rows, *result, total);
  if (status != SEMD_OK) return status;

  double scale = mean_scale(*problem, [&] { return total; });
  Sums sums = kNoRows;
  if (rows > 0) {
    sums = is_distribution(problem->target_kind)
               ? run_distributions(*problem, rows, scale)
               : run_rows(Task{problem, problem->ground, rows, scale, nullptr, nullptr});
  }
  result->rows = static_cast<double>(sums.rows);
  result->non_finite = static_cast<double>(sums.non_finite);
  result->first_non_finite = static_cast<double>(sums.first_non_finite);
  if (problem->reduction == SEMD_REDUCE_NONE) {
    result->loss = result->cross_entropy = result->emd = std::numeric_limits<double>::quiet_NaN();
    return SEMD_OK;
  }
  result->cross_entropy = sums.cross_entropy * scale;
  result->emd = sums.emd * scale;
  if (problem->cross_entropy_weight != 0) result->loss += problem->cross_entropy_weight * result->cross_entropy;
  if (problem->emd_weight != 0) result->loss += problem->emd_weight * result->emd;
  result->loss += sums.infinite;  // what overflows float32 in a row overflows the batch
  return SEMD_OK;
}

semd_status ground_create(const semd_ground_description* description, semd_ground** out) {
  return create_ground(*description, true, out);
}

void ground_destroy(semd_ground* ground) { delete ground; }

}  // namespace

int64_t threads_for(int32_t threads, int64_t elements, int64_t each) {
  const int64_t wanted = threads_or_default(threads), useful = 1 + elements / each;
  return wanted < useful ? wanted : useful;
}

}  // namespace semd

extern "C" {

const semd_backend* semd_cpu_backend(void) {
  static const semd_backend backend = {SEMD_ABI_VERSION, semd::not_throwing<semd::ground_create>,
                                       semd::not_throwing<semd::ground_destroy>, semd::not_throwing<semd::loss>};
  return &backend;
}

semd_status semd_cpu_check(const semd_problem* problem, semd_result* result) {
  return semd::no_throw([&] {
    *result = semd_result{};
    double total = 0;
    return semd::check_rows(*problem, problem->outer * problem->inner, *result, total);
  });
}

semd_status semd_cpu_row_kinds(const semd_problem* problem, int32_t* kinds) {
  return semd::no_throw([&] {
    semd::find_row_kinds(*problem, problem->outer * problem->inner, kinds);
    return SEMD_OK;
  });
}

void semd_cpu_set_threads(int32_t threads) { semd::default_threads.store(threads < 0 ? 0 : threads); }
int32_t semd_cpu_threads(void) { return semd::threads_or_default(0); }
const char* semd_cpu_isa(void) { return semd::kernels().name; }
const char* semd_cpu_refused_isa(void) { return semd::refused_instruction_set(); }
int64_t semd_cpu_multiply_adds(int64_t count) {
  float state[semd::kMultiplyAddState];
  for (int i = 0; i < semd::kMultiplyAddState; i++) state[i] = static_cast<float>(i) / semd::kMultiplyAddState;
  return semd::kernels().multiply_adds(count, state);
}
const char* semd_cpu_isa_name(int32_t index) { return semd::instruction_set_name(index); }

}  // extern "C"
