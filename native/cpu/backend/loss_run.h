// A loss at work: checks a problem, cuts its rows into chunks, and adds up what the chunks return. Rows are taken all at once,
// or stretch by stretch where only so many of the predictions are at hand.
#pragma once

#include "../kernels.h"
#include "scratch.h"

namespace semd {

class LossRun {
 public:
  enum class Rows {
    kInPlace,  // all predictions are where the problem says
    kMoved     // those of a stretch are somewhere else each time
  };

  // `memory` is in use until the run ends. Null: the thread's, for a run that no other one comes in between of.
  LossRun(const semd_problem& problem, semd_result& result, Scratch* memory)
      : problem_(problem), result_(result), memory_(memory) {}
  LossRun(const LossRun&) = delete;
  LossRun& operator=(const LossRun&) = delete;
  ~LossRun() {
    if (kinds_) memory_->trim();
  }

  // Checks labels and weights, and finds out what rows of distributions are. Writes nothing unless it returns SEMD_OK, and then
  // neither but the result.
  semd_status begin(Rows rows);

  // Stretches are run one after the other. There is one, but for rows that are moved, and then but for those with inner > 1.
  int64_t stretches() const { return stretches_; }
  // Of a stretch; of their number that of all rows.
  int64_t first_row(int64_t stretch) const {
    const int64_t row = stretch * rows_per_stretch_;
    return row < rows_ ? row : rows_;
  }
  // `predictions` and `gradient` (or null): all of the problem's if they are in place, else those of the stretch's rows.
  void run(int64_t stretch, const float* predictions, float* gradient);

  // Writes the result.
  void finish();

 private:
  struct Chunks;

  void find_kinds();
  void cut();
  Task whole(const semd_problem& problem, int64_t rows, int64_t offset) const;
  semd_problem with_class_indices(const semd_problem& problem, int64_t offset) const;
  void run_chunks(const Task& task, int64_t units, int64_t units_per_chunk, int64_t chunks, Sums* sums) const;
  void run_mixed(const semd_problem& problem, int64_t begin, int64_t end, int64_t offset);
  void add(Sums sums, int64_t offset);

  const semd_problem& problem_;
  semd_result& result_;
  Scratch* memory_;
  int64_t rows_ = 0;
  double scale_ = 1;
  // Of distributions: what their rows are, and whether all are class indices, or there are zeros, or spread rows beside class
  // indices: then there is memory for the numbers of the rows of a stretch.
  int32_t* kinds_ = nullptr;
  bool of_classes_ = false, with_zeros_ = false;
  int64_t* list_ = nullptr;
  int64_t units_ = 0, units_per_chunk_ = 0, rows_per_stretch_ = 0, stretches_ = 0;
  bool moved_ = false;
  Sums all_ = kNoRows;  // of the rows so far
};

}  // namespace semd
