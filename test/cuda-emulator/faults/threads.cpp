// Faults among the threads of a block.
#include "../../../native/cuda/block/shared_memory.h"
#include "fault.h"

namespace faults {
namespace {

using semd::cuda::shared_memory;

constexpr int kThreads = 128;
constexpr int kLanes = 32;
constexpr unsigned kAll = 0xffffffffu;

float neighbour(int i) { return static_cast<float>((i + 1) % kThreads); }
float neighbour_lane(int i) { return static_cast<float>((i + 1) % kLanes); }
float lanes_sum(int) { return kLanes * (kLanes - 1) / 2; }
float neighbour_in_half(int i) { return static_cast<float>(i / 16 * 16 + (i + 1) % 16); }
float one_more(int i) { return static_cast<float>(i + 1); }
float blocks_sum(int) { return 36; }

// The thread's own result.
__device__ float& result(float* out) { return out[blockIdx.x * blockDim.x + threadIdx.x]; }

__global__ void exchange(float* out, bool bad) {
  float* values = shared_memory<float>();
  const unsigned i = threadIdx.x;
  values[i] = static_cast<float>(i);
  if (!bad) __syncthreads();
  result(out) = values[(i + 1) % kThreads];
}

__global__ void exchange_in_warp(float* out, bool bad) {
  float* values = shared_memory<float>();
  const unsigned i = threadIdx.x;
  values[i] = static_cast<float>(i);
  if (!bad) __syncwarp();
  result(out) = values[(i + 1) % kLanes];
}

// The second round overwrites numbers that a slow thread has not read yet.
__global__ void exchange_twice(float* out, bool bad) {
  float* values = shared_memory<float>();
  const unsigned i = threadIdx.x;
  values[i] = static_cast<float>(i);
  __syncthreads();
  result(out) = values[(i + 1) % kThreads];
  if (!bad) __syncthreads();
  values[i] = -1;
}

__global__ void skip_barrier(float* out, bool bad) {
  float* values = shared_memory<float>();
  const unsigned i = threadIdx.x;
  values[i] = static_cast<float>(i);
  if (!bad || i < 64) __syncthreads();
  __syncwarp();
  result(out) = values[(i + 1) % kThreads];
}

__global__ void exit_before_barrier(float* out, bool bad) {
  float* values = shared_memory<float>();
  const unsigned i = threadIdx.x;
  values[i] = static_cast<float>(i);
  if (bad && i == 77) return;
  __syncthreads();
  result(out) = values[(i + 1) % kThreads];
}

__global__ void two_barriers(float* out, bool bad) {
  float* values = shared_memory<float>();
  const unsigned i = threadIdx.x;
  values[i] = static_cast<float>(i);
  if (bad && i < 64) {
    __syncthreads();
  } else {
    __syncthreads();
  }
  result(out) = values[(i + 1) % kThreads];
}

__device__ float sum_of_lanes(float x, unsigned mask) {
  for (int distance = kLanes / 2; distance > 0; distance /= 2) x += __shfl_xor_sync(mask, x, distance);
  return x;
}

__global__ void divergent_shuffle(float* out, bool bad) {
  const unsigned i = threadIdx.x;
  float x = static_cast<float>(i);
  if (!bad || i % 2 == 0) x = sum_of_lanes(x, kAll);
  result(out) = x;
}

__global__ void shuffles_with_two_masks(float* out, bool bad) {
  const unsigned i = threadIdx.x;
  result(out) = sum_of_lanes(static_cast<float>(i), bad && i < 8 ? kAll & ~1u << 8 : kAll);
}

__global__ void shuffles_at_two_places(float* out, bool bad) {
  const unsigned i = threadIdx.x;
  float x = static_cast<float>(i);
  if (bad && i < 16) {
    x += __shfl_xor_sync(kAll, x, 16);
  } else {
    x += __shfl_xor_sync(kAll, x, 16);
  }
  for (int distance = 8; distance > 0; distance /= 2) x += __shfl_xor_sync(kAll, x, distance);
  result(out) = x;
}

__global__ void read_unnamed_lane(float* out, bool bad) {
  const unsigned i = threadIdx.x;
  const unsigned mask = i < 16 ? 0xffffu : 0xffff0000u;
  const int width = bad ? 32 : 16;
  result(out) = __shfl_sync(mask, static_cast<float>(i), static_cast<int>(i) + 1, width);
}

__global__ void leave_out_itself(float* out, bool bad) {
  const unsigned i = threadIdx.x;
  result(out) = sum_of_lanes(static_cast<float>(i), bad && i == 0 ? kAll - 1 : kAll);
}

__global__ void partial_warp(float* out, bool bad) {
  const unsigned i = threadIdx.x;
  const unsigned mask = bad ? kAll : (1u << blockDim.x) - 1;
  result(out) = __shfl_sync(mask, static_cast<float>(i + 1), 0) + static_cast<float>(i);
}

__global__ void sum_without_atomics(float* out, int* counter, bool bad) {
  const int value = static_cast<int>(blockIdx.x) + 1;
  if (bad) {
    *counter += value;
  } else {
    atomicAdd(counter, value);
  }
  if (blockIdx.x == 0) *out = 36;
}

// The block that arrives last adds up what the others have left.
__global__ void sum_of_blocks(float* out, float* parts, unsigned* arrived, bool bad) {
  parts[blockIdx.x] = static_cast<float>(blockIdx.x + 1);
  if (!bad) __threadfence();
  if (atomicInc(arrived, gridDim.x - 1) != gridDim.x - 1) return;
  __threadfence();
  float sum = 0;
  for (unsigned i = 0; i < gridDim.x; i++) sum += parts[i];
  *out = sum;
}

// The same with blocks of several threads, of which another one reads than the one that saw the others arrive.
__global__ void sum_of_larger_blocks(float* out, float* parts, unsigned* arrived, bool bad) {
  int last = 0;
  if (threadIdx.x == 0) {
    parts[blockIdx.x] = static_cast<float>(blockIdx.x + 1);
    __threadfence();
    last = atomicInc(arrived, gridDim.x - 1) == gridDim.x - 1;
    if (!bad && last) __threadfence();
  }
  if (!__syncthreads_or(last)) return;
  if (bad) __threadfence();
  if (threadIdx.x != 33) return;
  float sum = 0;
  for (unsigned i = 0; i < gridDim.x; i++) sum += parts[i];
  *out = sum;
}

void run(void (*kernel)(float*, bool), int threads, float (*expected)(int), bool bad) {
  constexpr int kBlocks = 3;
  Buffer out(kBlocks * threads);
  const std::size_t bytes = static_cast<std::size_t>(threads) * sizeof(float);
  launch(nullptr, kBlocks, threads, bytes, kernel, out.data(), bad);
  out.expect(expected, threads);
}

void run_counter(bool bad) {
  Buffer out(1), counter(1);
  check(cudaMemset(counter.data(), 0, counter.bytes()));
  launch(nullptr, 8, 1, 0, sum_without_atomics, out.data(), reinterpret_cast<int*>(counter.data()), bad);
  out.expect(blocks_sum);
}

void run_blocks(void (*kernel)(float*, float*, unsigned*, bool), int threads, bool bad) {
  Buffer out(1), parts(8), arrived(1);
  check(cudaMemset(arrived.data(), 0, arrived.bytes()));
  launch(nullptr, 8, threads, 0, kernel, out.data(), parts.data(), reinterpret_cast<unsigned*>(arrived.data()), bad);
  out.expect(blocks_sum);
}

}  // namespace

std::initializer_list<Fault> thread_faults() {
  static constexpr auto kFaults = {
      Fault{"missing barrier", [](bool bad) { run(exchange, kThreads, neighbour, bad); }},
      Fault{"missing warp barrier", [](bool bad) { run(exchange_in_warp, kLanes, neighbour_lane, bad); }},
      Fault{"missing second barrier", [](bool bad) { run(exchange_twice, kThreads, neighbour, bad); }},
      Fault{"skipped barrier", [](bool bad) { run(skip_barrier, kThreads, neighbour, bad); }},
      Fault{"exit before a barrier", [](bool bad) { run(exit_before_barrier, kThreads, neighbour, bad); }},
      Fault{"two barriers", [](bool bad) { run(two_barriers, kThreads, neighbour, bad); }},
      Fault{"divergent shuffle", [](bool bad) { run(divergent_shuffle, kLanes, lanes_sum, bad); }},
      Fault{"shuffles with two masks", [](bool bad) { run(shuffles_with_two_masks, kLanes, lanes_sum, bad); }},
      Fault{"shuffles at two places", [](bool bad) { run(shuffles_at_two_places, kLanes, lanes_sum, bad); }},
      Fault{"shuffle from an unnamed lane", [](bool bad) { run(read_unnamed_lane, kLanes, neighbour_in_half, bad); }},
      Fault{"mask without the caller", [](bool bad) { run(leave_out_itself, kLanes, lanes_sum, bad); }},
      Fault{"mask of missing lanes", [](bool bad) { run(partial_warp, 20, one_more, bad); }},
      Fault{"race of blocks", run_counter},
      Fault{"missing fence", [](bool bad) { run_blocks(sum_of_blocks, 1, bad); }},
      Fault{"fence of another thread", [](bool bad) { run_blocks(sum_of_larger_blocks, 64, bad); }},
  };
  return kFaults;
}

}  // namespace faults
