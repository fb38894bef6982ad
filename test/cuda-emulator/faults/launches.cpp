// Faults with launches that hardware refuses.
#include "../../../native/cuda/block/shared_memory.h"
#include "fault.h"

namespace faults {
namespace {

__global__ void fill(float* out) {
  float* value = semd::cuda::shared_memory<float>();
  if (threadIdx.x + threadIdx.y + threadIdx.z > 0) return;
  *value = 1;
  if (blockIdx.y == 0) *out = *value;
}

// A second kernel, which asks for more shared memory.
__global__ void fill_with_more(float* out) {
  if (threadIdx.x == 0) *out = 1;
}

void run(dim3 grid, dim3 block, std::size_t shared_bytes, void (*kernel)(float*) = fill) {
  Buffer out(1);
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared_bytes;
  check(cudaLaunchKernelEx(&config, kernel, out.data()));
  out.expect([](int) { return 1.0f; });
}

void opt_in(bool bad) {
  constexpr int kMost = 227 * 1024;
  check(cudaFuncSetAttribute(fill_with_more, cudaFuncAttributeMaxDynamicSharedMemorySize, kMost + (bad ? 4 : 0)));
  run(1, 1, kMost, fill_with_more);
}

void use_the_stream_of_another_device(bool bad) {
  check(cudaSetDevice(bad ? 1 : 0));
  const Queue queue;
  check(cudaSetDevice(0));
  Buffer out(1);
  launch(queue, 1, 1, 4, fill, out.data());
  queue.wait();
  out.expect([](int) { return 1.0f; });
}

}  // namespace

std::initializer_list<Fault> launch_faults() {
  static constexpr auto kFaults = {
      Fault{"too many threads", [](bool bad) { run(1, bad ? 1025 : 1024, 4); }},
      Fault{"too many threads in three dimensions", [](bool bad) { run(1, dim3(16, 16, bad ? 5 : 4), 4); }},
      Fault{"a block too deep", [](bool bad) { run(1, dim3(1, 1, bad ? 65 : 64), 4); }},
      Fault{"no blocks", [](bool bad) { run(bad ? 0 : 1, 1, 4); }},
      Fault{"no threads", [](bool bad) { run(1, bad ? 0 : 1, 4); }},
      Fault{"a grid too high", [](bool bad) { run(dim3(1, bad ? 65536 : 3), 1, 4); }},
      Fault{"shared memory not asked for", [](bool bad) { run(1, 1, 48 * 1024 + (bad ? 4 : 0)); }},
      Fault{"too much shared memory", opt_in},
      Fault{"stream of another device", use_the_stream_of_another_device},
  };
  return kFaults;
}

}  // namespace faults
