// Faults with asynchronous copies to shared memory.
#include <cuda_pipeline_primitives.h>

#include "../../../native/cuda/block/shared_memory.h"
#include "fault.h"

namespace faults {
namespace {

using semd::cuda::shared_memory;

constexpr int kThreads = 64;

float place(int i) { return static_cast<float>(i); }
float neighbour(int i) { return static_cast<float>((i + 1) % kThreads); }

enum Mistake { kNone, kNoWait, kWaitsForOlder, kNoBarrier, kLeftBehind, kMisaligned };

__global__ void copy(const float* in, float* out, Mistake mistake) {
  float* values = shared_memory<float>();
  const unsigned i = threadIdx.x;
  __pipeline_memcpy_async(values + i, in + i, sizeof(float));
  __pipeline_commit();
  if (mistake == kWaitsForOlder) {
    __pipeline_wait_prior(1);
  } else if (mistake != kNoWait) {
    __pipeline_wait_prior(0);
  }
  out[i] = values[i];
  if (mistake == kNoWait || mistake == kWaitsForOlder) __pipeline_wait_prior(0);
  if (mistake != kLeftBehind) return;
  __pipeline_memcpy_async(values + i, in + i, sizeof(float));
  __pipeline_commit();
}

__global__ void copy_for_neighbour(const float* in, float* out, Mistake mistake) {
  float* values = shared_memory<float>();
  const unsigned i = threadIdx.x;
  __pipeline_memcpy_async(values + i, in + i, sizeof(float));
  __pipeline_commit();
  __pipeline_wait_prior(0);
  if (mistake != kNoBarrier) __syncthreads();
  out[i] = values[(i + 1) % kThreads];
}

// The second batch is still under way when the first is read.
__global__ void copy_ahead(const float* in, float* out, Mistake mistake) {
  float* values = shared_memory<float>();
  const unsigned i = threadIdx.x;
  for (unsigned batch = 0; batch < 2; batch++) {
    __pipeline_memcpy_async(values + batch * kThreads + i, in + i, sizeof(float));
    __pipeline_commit();
  }
  __pipeline_wait_prior(1);
  out[i] = values[(mistake == kWaitsForOlder ? kThreads : 0) + i];
  __pipeline_wait_prior(0);
}

__global__ void copy_four(const float* in, float* out, Mistake mistake) {
  float* values = shared_memory<float>();
  const unsigned i = threadIdx.x;
  if (i % 4 == 0) __pipeline_memcpy_async(values + i, in + i + (mistake == kMisaligned && i == 8 ? 1 : 0), 16);
  __pipeline_commit();
  __pipeline_wait_prior(0);
  __syncthreads();
  out[i] = values[i];
}

void run(void (*kernel)(const float*, float*, Mistake), float (*expected)(int), Mistake mistake) {
  Buffer in(kThreads), out(kThreads);
  float values[kThreads];
  for (int i = 0; i < kThreads; i++) values[i] = place(i);
  in.upload(values);
  launch(nullptr, 1, kThreads, 2 * kThreads * sizeof(float), kernel, static_cast<const float*>(in.data()), out.data(), mistake);
  out.expect(expected);
}

}  // namespace

std::initializer_list<Fault> copy_faults() {
  static constexpr auto kFaults = {
      Fault{"copy not awaited", [](bool bad) { run(copy, place, bad ? kNoWait : kNone); }},
      Fault{"older copies awaited", [](bool bad) { run(copy, place, bad ? kWaitsForOlder : kNone); }},
      Fault{"newer copy read", [](bool bad) { run(copy_ahead, place, bad ? kWaitsForOlder : kNone); }},
      Fault{"copy of another thread", [](bool bad) { run(copy_for_neighbour, neighbour, bad ? kNoBarrier : kNone); }},
      Fault{"copy left behind", [](bool bad) { run(copy, place, bad ? kLeftBehind : kNone); }},
      Fault{"misaligned copy", [](bool bad) { run(copy_four, place, bad ? kMisaligned : kNone); }},
  };
  return kFaults;
}

}  // namespace faults
