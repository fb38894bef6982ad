#include "row_kinds.h"

#include "../instruction_set.h"
#include "../kernels.h"
#include "../threads/thread_count.h"
#include "../threads/threads.h"

namespace semd {
namespace {

constexpr int64_t kThreadElements = 1 << 17;  // below which a thread costs more to wake than it saves
constexpr int64_t kChunkElements = 1 << 15;
constexpr int64_t kColumns = 64;  // neighbouring rows, which share the cache lines that are read

struct Search {
  const semd_problem* problem;
  int64_t rows, rows_per_chunk;
  int32_t* kinds;
};

void search_chunk(void* context, int64_t chunk, int) {
  const Search& search = *static_cast<Search*>(context);
  const semd_problem& problem = *search.problem;
  const auto* t = static_cast<const float*>(problem.targets);
  const int64_t begin = chunk * search.rows_per_chunk, left = search.rows - begin, inner = problem.inner;
  const int64_t end = begin + (left < search.rows_per_chunk ? left : search.rows_per_chunk);
  if (inner == 1) return kernels().kinds_of_rows(t + begin * problem.classes, end - begin, problem.classes, search.kinds + begin);
  for (int64_t row = begin; row < end;) {
    const int64_t column = row % inner, rest = inner - column < end - row ? inner - column : end - row;
    const int64_t count = rest < kColumns ? rest : kColumns;
    kernels().kinds_of_columns(t + row / inner * problem.classes * inner + column, inner, static_cast<int>(count),
                               problem.classes, search.kinds + row);
    row += count;
  }
}

}  // namespace

RowKinds find_row_kinds(const semd_problem& problem, int64_t rows, int32_t* kinds) {
  const int64_t fewest = problem.inner == 1 ? 1 : kColumns, by_size = kChunkElements / problem.classes;
  const int64_t rows_per_chunk = by_size > fewest ? by_size : fewest;
  const int64_t chunks = (rows + rows_per_chunk - 1) / rows_per_chunk;
  const int64_t wanted = threads_for(problem.threads, rows * problem.classes, kThreadElements);
  Search search{&problem, rows, rows_per_chunk, kinds};
  parallel_for(static_cast<int>(wanted < chunks ? wanted : chunks), chunks, search_chunk, &search);
  RowKinds found{};
  for (int64_t row = 0; row < rows; row++) {
    found.none += kinds[row] == kNoMass;
    found.spread += kinds[row] == kSpread;
  }
  found.classes = rows - found.none - found.spread;
  return found;
}

}  // namespace semd
