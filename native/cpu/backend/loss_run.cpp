#include "loss_run.h"

#include <limits>

#include "../../core/validity.h"
#include "../denormals.h"
#include "../instruction_set.h"
#include "../rows/row_kinds.h"
#include "../rows/rows_check.h"
#include "../threads/thread_count.h"
#include "../threads/threads.h"

namespace semd {
namespace {

// Work is cut by its size alone, never by the number of threads or by stretches, so that sums come out in the same order.
constexpr int64_t kMaxChunks = 256;
constexpr int64_t kChunkElements = 4096;
// Below this many elements a thread costs more to wake than it saves.
constexpr int64_t kThreadElements = 32768;
// Of a batch in which some rows of distributions are class indices as much is worked on at a time: both kinds of rows while
// they are in the cache.
constexpr int64_t kMixedElements = 1 << 18;
// Of rows that are moved: there and back within the second-level cache.
constexpr int64_t kStretchElements = 1 << 16;
// Between the scratch of two threads: prefetchers fetch what lies ahead, and would take lines from each other (15% of the
// time at 1000 classes).
constexpr size_t kScratchGap = 4096;

void add_to(Sums& sums, const Sums& more) {
  sums.cross_entropy += more.cross_entropy;
  sums.emd += more.emd;
  sums.rows += more.rows;
  if (more.non_finite == 0) return;
  const int64_t before = sums.non_finite;
  sums.add_non_finite(more.first_non_finite, more.infinite);
  sums.non_finite = before + more.non_finite;
}

// Unit of the reduction: 1 / the sum of the row weights, which is asked for where it counts.
template <class Total>
double mean_scale(const semd_problem& problem, Total total_of_weights) {
  if (problem.reduction != SEMD_REDUCE_MEAN) return 1;
  const double total = total_of_weights();
  return total > 0 ? 1 / total : 0;
}

// The rows from `first` on as a problem of their own; inner is 1.
semd_problem rows_from(const semd_problem& problem, int64_t first, int64_t end) {
  semd_problem part = problem;
  part.outer = end - first;
  if (is_distribution(problem.target_kind)) {
    part.targets = static_cast<const float*>(problem.targets) + first * problem.classes;
  } else {
    with_labels(problem.target_kind, problem.targets, [&](const auto* labels) { part.targets = labels + first; });
  }
  if (part.sample_weights) part.sample_weights += first;
  if (part.upstream_rows) part.upstream_rows += first;
  if (part.losses) part.losses += first;
  return part;
}

}  // namespace

struct LossRun::Chunks {
  Task task;
  int64_t units, units_per_chunk;
  size_t scratch_bytes;
  char* scratch;
  Sums* sums;

  static void run(void* context, int64_t chunk, int slot) {
    const auto& run = *static_cast<const Chunks*>(context);
    const int64_t begin = chunk * run.units_per_chunk;
    const int64_t end = begin + run.units_per_chunk < run.units ? begin + run.units_per_chunk : run.units;
    run.sums[chunk] = kNoRows;
    const FlushDenormals flush;
    kernels().run(run.task, begin, end, run.scratch + run.scratch_bytes * slot, run.sums[chunk]);
  }
};

namespace {

int64_t units_per_chunk(const Task& task, int64_t units) {
  const int64_t elements = task.rows * task.problem->classes;
  const int64_t by_size = (kChunkElements * units + elements - 1) / elements;
  const int64_t by_count = (units + kMaxChunks - 1) / kMaxChunks;
  return by_size > by_count ? by_size : by_count;
}

}  // namespace

semd_status LossRun::begin(Rows rows) {
  result_ = semd_result{};
  result_.first_non_finite = -1;
  if (!is_valid(problem_, problem_.ground ? problem_.ground->classes : 0)) return SEMD_INVALID_PROBLEM;
  rows_ = problem_.outer * problem_.inner;
  double total = 0;
  const semd_status status = check_rows(problem_, rows_, result_, total);
  if (status != SEMD_OK || rows_ == 0) return status;
  moved_ = rows == Rows::kMoved && problem_.inner == 1;
  if (is_distribution(problem_.target_kind)) {
    find_kinds();
  } else {
    scale_ = mean_scale(problem_, [&] { return total; });
  }
  cut();
  return SEMD_OK;
}

void LossRun::find_kinds() {
  thread_local Scratch of_thread;
  if (!memory_) memory_ = &of_thread;
  const auto rows = static_cast<size_t>(rows_);
  auto* list = reinterpret_cast<int64_t*>(memory_->reserve(rows * (sizeof(int64_t) + sizeof(int32_t))));
  kinds_ = reinterpret_cast<int32_t*>(list + rows);
  const RowKinds found = find_row_kinds(problem_, rows_, kinds_);
  of_classes_ = found.spread == 0;
  with_zeros_ = found.none > 0;
  if (found.spread > 0 && found.classes > 0) list_ = list;
  scale_ = mean_scale(problem_, [&] {
    if (!problem_.sample_weights && !problem_.class_weights) return static_cast<double>(rows_ - found.none);
    return of_classes_ ? sum_weights(with_class_indices(problem_, 0), rows_) : sum_weights(problem_, kinds_, rows_);
  });
}

// The same rows with what `kinds_` says as their targets.
semd_problem LossRun::with_class_indices(const semd_problem& problem, int64_t offset) const {
  semd_problem by_class = problem;
  by_class.target_kind = SEMD_LABELS_INT32;
  by_class.targets = kinds_ + offset;
  by_class.has_ignore_index = with_zeros_;
  by_class.ignore_index = kNoMass;
  return by_class;
}

Task LossRun::whole(const semd_problem& problem, int64_t rows, int64_t offset) const {
  const int32_t* zeros = kinds_ && !of_classes_ && with_zeros_ ? kinds_ + offset : nullptr;
  return Task{&problem, problem_.ground, rows, scale_, nullptr, zeros};
}

void LossRun::cut() {
  rows_per_stretch_ = rows_;
  if (list_) {
    if (moved_) rows_per_stretch_ = kMixedElements / problem_.classes + 1;
  } else {
    semd_problem by_class;
    if (of_classes_) by_class = with_class_indices(problem_, 0);
    const Task task = whole(of_classes_ ? by_class : problem_, rows_, 0);
    units_ = kernels().units(task);
    units_per_chunk_ = units_per_chunk(task, units_);
    if (moved_) {
      const int64_t rows = units_per_chunk_ * kernels().rows_of_unit(task);
      const int64_t chunks = kStretchElements / (rows * problem_.classes);
      rows_per_stretch_ = rows * (chunks > 1 ? chunks : 1);
    }
  }
  stretches_ = rows_per_stretch_ == rows_ ? 1 : (rows_ + rows_per_stretch_ - 1) / rows_per_stretch_;
}

void LossRun::run(int64_t stretch, const float* predictions, float* gradient) {
  const int64_t begin = first_row(stretch), end = first_row(stretch + 1), offset = moved_ ? begin : 0;
  // Not copied where it can be used as it is: it is a large part of a small call.
  const semd_problem* problem = &problem_;
  semd_problem own;
  if (moved_ || of_classes_ || predictions != problem_.predictions || gradient != problem_.gradient) {
    own = moved_ ? rows_from(problem_, begin, end) : problem_;
    own.predictions = predictions;
    own.gradient = gradient;
    if (of_classes_) own = with_class_indices(own, offset);
    problem = &own;
  }
  if (list_) {
    const int64_t step = kMixedElements / problem_.classes + 1;
    for (int64_t first = begin; first < end; first += step) {
      run_mixed(*problem, first, first + step < end ? first + step : end, offset);
    }
    return;
  }
  const Task task = whole(*problem, end - begin, offset);
  const int64_t units = moved_ ? kernels().units(task) : units_;
  const int64_t chunks = (units + units_per_chunk_ - 1) / units_per_chunk_;
  Sums sums[kMaxChunks];
  run_chunks(task, units, units_per_chunk_, chunks, sums);
  for (int64_t chunk = 0; chunk < chunks; chunk++) add(sums[chunk], offset);
}

// Those rows that are class indices, then the others.
void LossRun::run_mixed(const semd_problem& problem, int64_t begin, int64_t end, int64_t offset) {
  int64_t classes = 0;
  for (int64_t row = begin; row < end; row++) classes += kinds_[row] >= 0;
  int64_t next = 0, next_other = classes;
  for (int64_t row = begin; row < end; row++) list_[kinds_[row] >= 0 ? next++ : next_other++] = row - offset;
  const semd_problem by_class = with_class_indices(problem, offset);
  const int32_t* zeros = with_zeros_ ? kinds_ + offset : nullptr;
  const auto run_listed = [&](const semd_problem& own, int64_t count, const int64_t* list, const int32_t* kinds) {
    if (count == 0) return;
    const Task task{&own, problem_.ground, count, scale_, list, kinds};
    Sums sums[kMaxChunks], total = kNoRows;
    const int64_t units = kernels().units(task), each = units_per_chunk(task, units), chunks = (units + each - 1) / each;
    run_chunks(task, units, each, chunks, sums);
    for (int64_t chunk = 0; chunk < chunks; chunk++) add_to(total, sums[chunk]);
    add(total, offset);
  };
  run_listed(by_class, classes, list_, nullptr);
  run_listed(problem, end - begin - classes, list_ + classes, zeros);
}

void LossRun::run_chunks(const Task& task, int64_t units, int64_t units_per_chunk, int64_t chunks, Sums* sums) const {
  thread_local Scratch scratch;
  const Kernels& k = kernels();
  int64_t threads = threads_for(problem_.threads, task.rows * problem_.classes, kThreadElements);
  if (threads > chunks) threads = chunks;
  Chunks run{task, units, units_per_chunk, (k.scratch_bytes(task) + 63) / 64 * 64 + kScratchGap, nullptr, sums};
  run.scratch = scratch.reserve(run.scratch_bytes * static_cast<size_t>(threads));
  parallel_for(static_cast<int>(threads), chunks, Chunks::run, &run);
  scratch.trim();
}

// Sums of rows whose numbers are `offset` too small.
void LossRun::add(Sums sums, int64_t offset) {
  if (sums.first_non_finite >= 0) sums.first_non_finite += offset;
  add_to(all_, sums);
}

void LossRun::finish() {
  result_.rows = static_cast<double>(all_.rows);
  result_.non_finite = static_cast<double>(all_.non_finite);
  result_.first_non_finite = static_cast<double>(all_.first_non_finite);
  if (problem_.reduction == SEMD_REDUCE_NONE) {
    result_.loss = result_.cross_entropy = result_.emd = std::numeric_limits<double>::quiet_NaN();
    return;
  }
  result_.cross_entropy = all_.cross_entropy * scale_;
  result_.emd = all_.emd * scale_;
  if (problem_.cross_entropy_weight != 0) result_.loss += problem_.cross_entropy_weight * result_.cross_entropy;
  if (problem_.emd_weight != 0) result_.loss += problem_.emd_weight * result_.emd;
  result_.loss += all_.infinite;  // what overflows float32 in a row overflows the batch
}

}  // namespace semd
