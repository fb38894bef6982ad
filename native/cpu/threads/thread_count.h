// How many threads a call takes.
#pragma once

#include <cstdint>

namespace semd {

// Those that the caller asks for (0: the default, see semd_cpu_set_threads), but no more than one for each `each` of
// `elements`, below which a thread costs more to wake than it saves.
int64_t threads_for(int32_t threads, int64_t elements, int64_t each);

}  // namespace semd
