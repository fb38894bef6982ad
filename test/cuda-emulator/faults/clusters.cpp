// Faults among the blocks of a cluster.
#include <cooperative_groups.h>

#include "../../../native/cuda/block/shared_memory.h"
#include "fault.h"

namespace faults {
namespace {

using cooperative_groups::this_cluster;
using semd::cuda::shared_memory;

constexpr int kThreads = 64, kBlocks = 8;
constexpr unsigned kCluster = 4;

// What the same thread of the next block of the cluster has.
float of_next_block(int i) {
  const int block = i / kThreads, cluster = block / static_cast<int>(kCluster);
  return static_cast<float>(cluster * 1000 + (block + 1) % static_cast<int>(kCluster) * kThreads + i % kThreads);
}

__device__ float own_number() {
  return static_cast<float>(blockIdx.x / kCluster * 1000 + this_cluster().block_rank() * kThreads + threadIdx.x);
}
__device__ float* place_in_next_block() {
  const auto cluster = this_cluster();
  return cluster.map_shared_rank(shared_memory<float>() + threadIdx.x, (cluster.block_rank() + 1) % cluster.num_blocks());
}
__device__ float& result(float* out) { return out[blockIdx.x * blockDim.x + threadIdx.x]; }

__global__ void exchange(float* out, bool bad) {
  this_cluster().sync();
  shared_memory<float>()[threadIdx.x] = own_number();
  if (!bad) this_cluster().sync();
  result(out) = *place_in_next_block();
  this_cluster().sync();
}

__global__ void skip_barrier(float* out, bool bad) {
  shared_memory<float>()[threadIdx.x] = own_number();
  if (!bad || this_cluster().block_rank() != 1) this_cluster().sync();
  result(out) = this_cluster().block_rank() == 1 && bad ? 0.0f : *place_in_next_block();
  this_cluster().sync();
}

__global__ void exit_before_barrier(float* out, bool bad) {
  shared_memory<float>()[threadIdx.x] = own_number();
  if (bad && this_cluster().block_rank() == 2 && threadIdx.x == 7) return;
  this_cluster().sync();
  result(out) = *place_in_next_block();
  this_cluster().sync();
}

__global__ void two_kinds_of_barriers(float* out, bool bad) {
  shared_memory<float>()[threadIdx.x] = own_number();
  if (bad && this_cluster().block_rank() == 3) {
    __syncthreads();
    if (threadIdx.x < 32) __syncthreads();
  }
  this_cluster().sync();
  result(out) = *place_in_next_block();
  this_cluster().sync();
}

__global__ void two_places(float* out, bool bad) {
  shared_memory<float>()[threadIdx.x] = own_number();
  if (bad && this_cluster().block_rank() == 0) {
    this_cluster().sync();
  } else {
    this_cluster().sync();
  }
  result(out) = *place_in_next_block();
  this_cluster().sync();
}

__global__ void read_before_begin(float* out, bool bad) {
  if (!bad) this_cluster().sync();
  *place_in_next_block() = own_number();
  this_cluster().sync();
  // What the block before has written.
  const unsigned before = (this_cluster().block_rank() + kCluster - 1) % kCluster;
  const float written = shared_memory<float>()[threadIdx.x];
  const auto expected = static_cast<float>(blockIdx.x / kCluster * 1000 + before * kThreads + threadIdx.x);
  result(out) = of_next_block(static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x)) + (written - expected);
}

__global__ void leave_early(float* out, bool bad) {
  float* values = shared_memory<float>();
  this_cluster().sync();
  values[threadIdx.x] = own_number();
  float* next = place_in_next_block();
  this_cluster().sync();
  if (bad && this_cluster().block_rank() == 1) {
    result(out) = of_next_block(static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x));
    return;
  }
  __syncthreads();
  for (int i = 0; bad && i < 1000; i++) __syncthreads();
  result(out) = *next;
  if (!bad) this_cluster().sync();
}

template <class Kernel>
void run(Kernel kernel, bool bad, unsigned size = kCluster) {
  Buffer out(kBlocks * kThreads);
  cudaLaunchAttribute attribute{};
  attribute.id = cudaLaunchAttributeClusterDimension;
  attribute.val.clusterDim.x = size;
  attribute.val.clusterDim.y = attribute.val.clusterDim.z = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(kBlocks);
  config.blockDim = dim3(kThreads);
  config.dynamicSmemBytes = kThreads * sizeof(float);
  config.attrs = &attribute;
  config.numAttrs = 1;
  check(cudaLaunchKernelEx(&config, kernel, out.data(), bad));
  check(cudaDeviceSynchronize());
  out.expect(of_next_block);
}

}  // namespace

std::initializer_list<Fault> cluster_faults() {
  static const std::initializer_list<Fault> faults = {
      {"missing barrier of a cluster", [](bool bad) { run(exchange, bad); }},
      {"barrier of a cluster that a block skips", [](bool bad) { run(skip_barrier, bad); }},
      {"exit before a barrier of a cluster", [](bool bad) { run(exit_before_barrier, bad); }},
      {"barriers of a block and of its cluster", [](bool bad) { run(two_kinds_of_barriers, bad); }},
      {"barriers of a cluster at two places", [](bool bad) { run(two_places, bad); }},
      {"memory of a block that has not begun", [](bool bad) { run(read_before_begin, bad); }},
      {"memory of a block that has ended", [](bool bad) { run(leave_early, bad); }},
      {"blocks that are no whole clusters", [](bool bad) { run(exchange, false, bad ? 3 : kCluster); }},
      {"a cluster that is too large", [](bool bad) { run(exchange, false, bad ? 16 : kCluster); }},
  };
  return faults;
}

}  // namespace faults
