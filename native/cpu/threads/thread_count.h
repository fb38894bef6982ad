// How many threads a call uses.
#pragma once

#include <cstdint>

namespace semd {

// As many as the caller asks for (0: the default, see semd_cpu_set_threads), but at most one per `each` elements: with fewer
// a thread costs more to wake than it saves.
int64_t threads_for(int32_t threads, int64_t elements, int64_t each);

}  // namespace semd
