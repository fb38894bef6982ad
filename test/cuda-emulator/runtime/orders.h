// The order of blocks, of steps and of streams; the order inside a block has a source of its own, so that each follows
// from the seed whatever the other draws.
#pragma once

#include "random.h"

namespace cuda_emulator {

Random& order_of_operations();

}  // namespace cuda_emulator
