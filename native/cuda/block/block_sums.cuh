// Sums over the blocks of a launch. Each block leaves its sum in memory; the block that finishes last adds all of them up, in a
// fixed order, so that the result does not depend on which block that is.
#pragma once

#include "groups.cuh"
#include "../runtime/result.h"
#include "shared_sizes.h"

namespace semd::cuda {

static_assert(kSumBytes == 2 * Block::kMaxWarps * Block::kBytesPerWarp, "two buffers");

static __device__ __forceinline__ void add(Partial& sum, const Partial& more) {
  sum.cross_entropy += more.cross_entropy;
  sum.emd += more.emd;
  sum.rows += more.rows;
  sum.non_finite += more.non_finite;
}

static __device__ __forceinline__ Partial add_up(Block& block, const Partial& own) {
  Warp warp(nullptr);
  const Partial of_warp{warp.sum(own.cross_entropy), warp.sum(own.emd), warp.sum(own.rows), warp.sum(own.non_finite)};
  const Partial* parts = block.of_warps(of_warp);
  Partial all = parts[0];
  for (int i = 1; i < block.warps(); i++) add(all, parts[i]);
  return all;
}

// Leaves the block's sum in `partials`. Returns true, with the sum over all blocks, in the block that finishes last.
static __device__ __forceinline__ bool add_up_blocks(Block& block, const Partial& own, Partial* partials,
                                                     DeviceResult* result, Partial& all) {
  const Partial of_block = add_up(block, own);
  float last = 0;
  if (threadIdx.x == 0) {
    partials[blockIdx.x] = of_block;
    __threadfence();
    last = atomicInc(&result->blocks_finished, gridDim.x - 1) == gridDim.x - 1 ? 1.0f : 0.0f;
    // Before the barrier, as it is this thread alone that has seen the other blocks finish.
    if (last != 0) __threadfence();
  }
  if (!block.any(last != 0)) return false;
  Partial mine{};
  for (unsigned i = threadIdx.x; i < gridDim.x; i += blockDim.x) add(mine, partials[i]);
  all = add_up(block, mine);
  return true;
}

}  // namespace semd::cuda
