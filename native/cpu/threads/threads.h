// The CPU backend's threads: started when first needed, asleep between calls, shared by all callers in the process. They are
// never joined and outlive static destructors, so that nothing waits for them on exit; hence the library must stay mapped,
// and is linked accordingly.
#pragma once

#include <cstdint>

namespace semd {

// Calls body(context, chunk, slot) for every chunk in [0, chunks), on the calling thread and up to threads - 1 others, and
// returns when all calls have. `slot` < threads tells the threads apart.
void parallel_for(int threads, int64_t chunks, void (*body)(void* context, int64_t chunk, int slot), void* context);

// The number of processors that this process may use, by its affinity and the container's quota.
int available_processors();

}  // namespace semd
