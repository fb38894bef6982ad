// One thread: what cpu/threads/ is elsewhere. Work is cut by its size alone, so that results are the same bits.
#include "../cpu/threads/threads.h"

namespace semd {

void parallel_for(int, int64_t chunks, void (*body)(void*, int64_t, int), void* context) {
  for (int64_t chunk = 0; chunk < chunks; chunk++) body(context, chunk, 0);
}

int available_processors() { return 1; }

}  // namespace semd
