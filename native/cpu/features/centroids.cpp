// Sums of features per class, and the centroids that they become. Rows are sorted by class first: each class is then added up
// by one thread in the order of its rows, so that the bits do not depend on the number of threads, and its sums stay in the
// first-level cache meanwhile.
#include <algorithm>
#include <cmath>
#include <vector>

#include "../../core/no_throw.h"
#include "../../core/validity.h"
#include "../../include/squared_emd_centroids.h"
#include "../instruction_set.h"
#include "../kernels.h"
#include "../threads/thread_count.h"
#include "../threads/threads.h"

namespace semd {
namespace {

// For fewer elements a thread costs more to wake than it saves.
constexpr int64_t kThreadElements = 65536;
constexpr int64_t kChunksPerThread = 8;

constexpr int32_t kLeftOut = -1;

// The class of each row, kLeftOut where it does not count. Each label is read only once, as another thread may change a shared
// array, and the label that is used must be the one that was checked.
template <class Label>
semd_status read_classes(const semd_feature_rows& batch, const volatile Label* labels, std::vector<int32_t>& classes,
                         semd_result& result) {
  for (int64_t row = 0; row < batch.rows; row++) {
    const auto label = static_cast<int64_t>(labels[row]);
    if (batch.has_ignore_index && label == batch.ignore_index) continue;
    if (label < 0 || label >= batch.classes) {
      result.index = row;
      result.value = static_cast<double>(label);
      return SEMD_INVALID_LABEL;
    }
    classes[static_cast<size_t>(row)] = static_cast<int32_t>(label);
  }
  return SEMD_OK;
}

// Class c has the rows rows[first[c]] .. rows[first[c + 1] - 1], in their order.
struct RowsByClass {
  std::vector<int64_t> first, rows;
};

RowsByClass sort_by_class(const std::vector<int32_t>& of_rows, int32_t classes) {
  RowsByClass sorted;
  sorted.first.assign(static_cast<size_t>(classes) + 1, 0);
  for (const int32_t c : of_rows) {
    if (c != kLeftOut) sorted.first[static_cast<size_t>(c) + 1]++;
  }
  for (size_t c = 0; c < static_cast<size_t>(classes); c++) sorted.first[c + 1] += sorted.first[c];
  sorted.rows.resize(static_cast<size_t>(sorted.first.back()));
  std::vector<int64_t> next(sorted.first.begin(), sorted.first.end() - 1);
  for (size_t row = 0; row < of_rows.size(); row++) {
    const int32_t c = of_rows[row];
    if (c != kLeftOut) sorted.rows[static_cast<size_t>(next[static_cast<size_t>(c)]++)] = static_cast<int64_t>(row);
  }
  return sorted;
}

// Cuts the classes into pieces with about the same number of rows.
std::vector<int64_t> cut_classes(const RowsByClass& sorted, int64_t pieces) {
  const auto classes = static_cast<int64_t>(sorted.first.size()) - 1;
  const auto rows_before = [&](int64_t c) { return sorted.first[static_cast<size_t>(c)]; };
  std::vector<int64_t> cuts{0};
  for (int64_t c = 1; c < classes; c++) {
    const int64_t wanted = rows_before(classes) * static_cast<int64_t>(cuts.size()) / pieces;
    if (rows_before(c) >= wanted && rows_before(c) > rows_before(cuts.back())) cuts.push_back(c);
  }
  cuts.push_back(classes);
  return cuts;
}

struct Accumulation {
  const semd_feature_rows* batch;
  const RowsByClass* sorted;
  const std::vector<int64_t>* cuts;
  double* sums;
  double* counts;
};

void accumulate_piece(void* context, int64_t piece, int) {
  const auto& run = *static_cast<const Accumulation*>(context);
  const semd_feature_rows& batch = *run.batch;
  const Kernels& k = kernels();
  for (int64_t c = (*run.cuts)[static_cast<size_t>(piece)]; c < (*run.cuts)[static_cast<size_t>(piece) + 1]; c++) {
    const int64_t begin = run.sorted->first[static_cast<size_t>(c)], end = run.sorted->first[static_cast<size_t>(c) + 1];
    const auto row_at = [&](int64_t i) {
      const auto last = static_cast<int64_t>(run.sorted->rows.size()) - 1;
      return batch.values + run.sorted->rows[static_cast<size_t>(i < last ? i : last)] * batch.features;
    };
    for (int64_t i = begin; i < end; i += kMostRowsAtOnce) {
      const float* rows[2 * kMostRowsAtOnce];
      const int count = static_cast<int>(std::min<int64_t>(kMostRowsAtOnce, end - i));
      for (int r = 0; r < 2 * count; r++) rows[r] = row_at(i + r);
      k.add_feature_rows(rows, count, batch.features, batch.normalize, run.sums + c * batch.features);
    }
    run.counts[c] += static_cast<double>(end - begin);
  }
}

bool is_valid(const semd_feature_rows& batch) {
  return batch.rows >= 0 && batch.features >= 1 && is_class_count(batch.classes) && is_feature_norm(batch.normalize) &&
         is_label_kind(batch.label_kind) && (batch.rows == 0 || (batch.values && batch.labels));
}

semd_status check_labels(const semd_feature_rows& batch, std::vector<int32_t>& classes, semd_result* result) {
  *result = semd_result{};
  if (!is_valid(batch)) return SEMD_INVALID_PROBLEM;
  classes.assign(static_cast<size_t>(batch.rows), kLeftOut);
  semd_status status = SEMD_OK;
  with_labels(batch.label_kind, batch.labels,
              [&](const auto* labels) { status = read_classes(batch, labels, classes, *result); });
  return status;
}

semd_status accumulate(const semd_feature_rows& batch, double* sums, double* counts, semd_result* result) {
  std::vector<int32_t> classes;
  const semd_status status = check_labels(batch, classes, result);
  if (status != SEMD_OK || batch.rows == 0) return status;
  const RowsByClass sorted = sort_by_class(classes, batch.classes);
  const int64_t threads = threads_for(batch.threads, batch.rows * batch.features, kThreadElements);
  const std::vector<int64_t> cuts = cut_classes(sorted, threads == 1 ? 1 : threads * kChunksPerThread);
  Accumulation run{&batch, &sorted, &cuts, sums, counts};
  parallel_for(static_cast<int>(threads), static_cast<int64_t>(cuts.size()) - 1, accumulate_piece, &run);
  return SEMD_OK;
}

struct Update {
  int64_t features;
  double momentum;
  double* sums;
  double* counts;
  float* centroids;
};

void update_class(void* context, int64_t c, int) {
  const auto& run = *static_cast<const Update*>(context);
  if (run.counts[c] == 0) return;
  double* sums = run.sums + c * run.features;
  float* centroid = run.centroids + c * run.features;
  // A centroid spoilt by a feature that was not finite counts as none.
  bool has_old = run.momentum != 0;
  for (int64_t i = 0; i < run.features && has_old; i++) has_old = std::isfinite(centroid[i]);
  const double share = has_old ? 1 - run.momentum : 1;
  for (int64_t i = 0; i < run.features; i++) {
    const double mean = sums[i] / run.counts[c];
    // + 0 turns -0, which JSON does not preserve, into 0.
    centroid[i] = static_cast<float>(has_old ? run.momentum * centroid[i] + share * mean : mean) + 0.0f;
    sums[i] = 0;
  }
  run.counts[c] = 0;
}

}  // namespace
}  // namespace semd

extern "C" {

semd_status semd_cpu_check_labels(const semd_feature_rows* rows, semd_result* result) {
  return semd::no_throw([&] {
    std::vector<int32_t> classes;
    return semd::check_labels(*rows, classes, result);
  });
}

semd_status semd_cpu_accumulate(const semd_feature_rows* rows, double* sums, double* counts, semd_result* result) {
  return semd::no_throw([&] { return semd::accumulate(*rows, sums, counts, result); });
}

semd_status semd_cpu_update_centroids(int64_t features, int32_t classes, double momentum, int32_t threads, double* sums,
                                      double* counts, float* centroids) {
  if (features < 1 || !semd::is_class_count(classes) || !(momentum >= 0 && momentum < 1)) return SEMD_INVALID_PROBLEM;
  return semd::no_throw([&] {
    semd::Update run{features, momentum, sums, counts, centroids};
    const int64_t wanted = semd::threads_for(threads, features * classes, semd::kThreadElements);
    semd::parallel_for(static_cast<int>(wanted), classes, semd::update_class, &run);
    return SEMD_OK;
  });
}

}  // extern "C"
