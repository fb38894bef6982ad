#include "one_hot.h"

#include <atomic>

#include "instruction_set.h"
#include "kernels.h"
#include "thread_count.h"
#include "threads.h"

namespace semd {
namespace {

constexpr int64_t kThreadElements = 1 << 17;  // below which a thread costs more to wake than it saves
constexpr int64_t kChunkElements = 1 << 15;

struct Search {
  const float* values;
  int64_t rows, rows_per_chunk;
  int32_t classes;
  int32_t* indices;
  std::atomic<bool> failed{false};
};

void search_chunk(void* context, int64_t chunk, int) {
  Search& search = *static_cast<Search*>(context);
  if (search.failed.load(std::memory_order_relaxed)) return;
  const int64_t begin = chunk * search.rows_per_chunk, left = search.rows - begin;
  const int64_t count = left < search.rows_per_chunk ? left : search.rows_per_chunk;
  const float* rows = search.values + begin * search.classes;
  if (!kernels().one_hot_classes(rows, count, search.classes, search.indices + begin)) {
    search.failed.store(true, std::memory_order_relaxed);
  }
}

}  // namespace

bool one_hot_indices(const float* values, int64_t rows, int32_t classes, int32_t threads, int32_t* indices) {
  const int64_t rows_per_chunk = classes < kChunkElements ? kChunkElements / classes : 1;
  const int64_t chunks = (rows + rows_per_chunk - 1) / rows_per_chunk;
  const int64_t wanted = threads_for(threads, rows * classes, kThreadElements);
  Search search{values, rows, rows_per_chunk, classes, indices};
  parallel_for(static_cast<int>(wanted < chunks ? wanted : chunks), chunks, search_chunk, &search);
  return !search.failed.load(std::memory_order_relaxed);
}

}  // namespace semd
