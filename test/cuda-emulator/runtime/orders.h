// The random source for the order of blocks, steps and streams. The order within a block has a source of its own, so that each
// order follows from the seed, whatever the other draws.
#pragma once

#include "random.h"

namespace cuda_emulator {

Random& order_of_operations();

}  // namespace cuda_emulator
