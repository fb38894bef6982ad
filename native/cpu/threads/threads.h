// The CPU backend's threads: started when first needed, asleep between calls, shared by all callers of the process.
// They are never joined and outlive static destructors, so that no exit path waits for them; the library must therefore
// stay mapped (it is linked so).
#pragma once

#include <cstdint>

namespace semd {

// Runs body(context, chunk, slot) for every chunk in [0, chunks), on the calling thread and on up to threads - 1 others.
// `slot` < threads is the same for all chunks that one thread runs. Returns when all have run.
void parallel_for(int threads, int64_t chunks, void (*body)(void* context, int64_t chunk, int slot), void* context);

// Processors that this process may use: affinity, and the container's quota where there is one.
int available_processors();

}  // namespace semd
