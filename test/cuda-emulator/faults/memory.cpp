// Faults with memory.
#include <cstdio>

#include "../../../native/cuda/block/shared_memory.h"
#include "fault.h"

namespace faults {
namespace {

using semd::cuda::shared_memory;

constexpr int kCount = 100;

float number(int i) { return static_cast<float>(i); }

__global__ void write_numbers(float* out, int first, int end) {
  const int i = first + static_cast<int>(threadIdx.x);
  if (i < end) out[i] = static_cast<float>(i);
}

__global__ void copy(const float* in, float* out, int shift) {
  const unsigned i = threadIdx.x;
  out[i] = in[static_cast<int>(i) + shift];
}

__global__ void copy_vectors(const float* in, float* out, int shift) {
  const unsigned i = threadIdx.x;
  const float4 four = __ldg(reinterpret_cast<const float4*>(in + shift) + i);
  __stcs(reinterpret_cast<float4*>(out) + i, four);
}

__global__ void copy_pairs(const float* in, float* out, int shift) {
  const unsigned i = threadIdx.x;
  reinterpret_cast<float2*>(out)[i] = reinterpret_cast<const float2*>(in + shift)[i];
}

__global__ void shared_copy(float* out, int first, int end) {
  float* values = shared_memory<float>();
  for (int i = first + static_cast<int>(threadIdx.x); i < end; i += static_cast<int>(blockDim.x)) values[i] = 0;
  __syncthreads();
  values[threadIdx.x] += static_cast<float>(threadIdx.x);
  out[blockIdx.x * blockDim.x + threadIdx.x] = values[threadIdx.x];
}

__device__ float deep(float* out, int depth) {
  volatile float frame[256];
  frame[depth % 256] = *out;
  return depth == 0 ? frame[0] : deep(out, depth - 1) + frame[depth % 256] * 0;
}

__global__ void recurse(float* out, int depth) {
  *out = 0;
  *out = deep(out, depth);
}

void upload_numbers(Buffer& buffer) {
  float values[kCount];
  for (int i = 0; i < kCount; i++) values[i] = number(i);
  buffer.upload(values);
}

void write(bool bad, int before, int behind) {
  Buffer out(kCount);
  launch(nullptr, 1, kCount + 2, 0, write_numbers, out.data(), bad ? -before : 0, kCount + (bad ? behind : 0));
  out.expect(number);
}

void read(bool bad) {
  Buffer in(kCount), out(kCount);
  upload_numbers(in);
  launch(nullptr, 1, kCount, 0, copy, in.data(), out.data(), bad ? 1 : 0);
  out.expect(bad ? [](int i) { return number(i + 1); } : number);
}

void write_shared(bool bad, int before, int behind) {
  Buffer out(2 * kCount);
  launch(nullptr, 2, kCount, kCount * sizeof(float), shared_copy, out.data(), bad ? -before : 0,
         kCount + (bad ? behind : 0));
  out.expect(number, kCount);
}

void read_shared_beyond(bool bad) {
  Buffer out(2 * kCount);
  const std::size_t missing = bad ? sizeof(float) : 0;
  launch(nullptr, 2, kCount, kCount * sizeof(float) - missing, shared_copy, out.data(), 0, kCount - (bad ? 1 : 0));
  out.expect(number, kCount);
}

void read_uninitialized(bool bad) {
  Buffer in(kCount), out(kCount);
  if (!bad) upload_numbers(in);
  launch(nullptr, 1, kCount, 0, copy, in.data(), out.data(), 0);
  out.expect(number);
}

void read_uninitialized_shared(bool bad) {
  Buffer out(2 * kCount);
  launch(nullptr, 2, kCount, kCount * sizeof(float), shared_copy, out.data(), 0, kCount - (bad ? 1 : 0));
  out.expect(number, kCount);
}

// What one block leaves in shared memory must not be read by the next.
__global__ void use_what_is_left(float* out, bool bad) {
  float* value = shared_memory<float>();
  if (!bad) *value = 1;
  out[blockIdx.x] = *value;
  *value = 1;
}

void read_left(bool bad) {
  Buffer out(2);
  launch(nullptr, 2, 1, sizeof(float), use_what_is_left, out.data(), bad);
  out.expect([](int) { return 1.0f; });
}

void dereference(bool bad) {
  Buffer in(kCount);
  upload_numbers(in);
  check(cudaDeviceSynchronize());
  float value = 0;
  if (bad) {
    value = *static_cast<volatile float*>(in.data());
  } else {
    check(cudaMemcpy(&value, in.data(), sizeof value, cudaMemcpyDeviceToHost));
  }
  expect(&value, 1, number);
}

void pass_host_pointer(bool bad) {
  Buffer in(kCount), out(kCount);
  upload_numbers(in);
  float values[kCount] = {};
  launch(nullptr, 1, kCount, 0, copy, bad ? values : in.data(), out.data(), 0);
  out.expect(number);
}

void pass_null(bool bad) {
  Buffer in(kCount), out(kCount);
  upload_numbers(in);
  launch(nullptr, 1, kCount, 0, copy, bad ? nullptr : in.data(), out.data(), 0);
  out.expect(number);
}

void use_other_device(bool bad) {
  check(cudaSetDevice(bad ? 1 : 0));
  Buffer in(kCount);
  upload_numbers(in);
  check(cudaDeviceSynchronize());
  check(cudaSetDevice(0));
  Buffer out(kCount);
  launch(nullptr, 1, kCount, 0, copy, in.data(), out.data(), 0);
  out.expect(number);
}

void use_freed(bool bad) {
  Buffer out(kCount);
  float* in = nullptr;
  check(cudaMalloc(&in, out.bytes()));
  check(cudaMemset(in, 0, out.bytes()));
  if (bad) check(cudaFree(in));
  launch(nullptr, 1, kCount, 0, copy, in, out.data(), 0);
  out.expect([](int) { return 0.0f; });
  if (!bad) check(cudaFree(in));
}

void overrun_pinned(bool bad) {
  float* memory = nullptr;
  check(cudaHostAlloc(&memory, kCount * sizeof(float), cudaHostAllocDefault));
  for (int i = 0; i < kCount + (bad ? 1 : 0); i++) memory[i] = number(i);
  check(cudaFreeHost(memory));
}

void free_twice(bool bad) {
  float* memory = nullptr;
  check(cudaMalloc(&memory, kCount));
  check(cudaFree(memory));
  if (bad) check(cudaFree(memory));
}

void misalign(bool bad) {
  Buffer in(kCount + 4), out(kCount);
  check(cudaMemset(in.data(), 0, in.bytes()));
  launch(nullptr, 1, kCount / 4, 0, copy_vectors, in.data(), out.data(), bad ? 1 : 0);
  out.expect([](int) { return 0.0f; });
}

void misalign_pairs(bool bad) {
  Buffer in(kCount + 2), out(kCount);
  check(cudaMemset(in.data(), 0, in.bytes()));
  launch(nullptr, 1, kCount / 2, 0, copy_pairs, in.data(), out.data(), bad ? 1 : 0);
  out.expect([](int) { return 0.0f; });
}

void overflow_stack(bool bad) {
  Buffer out(1);
  launch(nullptr, 1, 1, 0, recurse, out.data(), bad ? 1000000 : 10);
  out.expect(number);
}

void copy_too_much(bool bad) {
  Buffer in(kCount), out(kCount);
  upload_numbers(in);
  check(cudaMemcpy(out.data(), in.data(), in.bytes() + (bad ? 1 : 0), cudaMemcpyDeviceToDevice));
  out.expect(number);
}

void copy_the_wrong_way(bool bad) {
  Buffer in(1);
  const float value = 0;
  check(cudaMemcpy(in.data(), &value, sizeof value, bad ? cudaMemcpyDeviceToHost : cudaMemcpyHostToDevice));
  in.expect(number);
}

void allocate_too_much(bool bad) {
  void* memory = nullptr;
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total));
  check(cudaMalloc(&memory, bad ? free + 1 : 1));
  check(cudaFree(memory));
}

}  // namespace

std::initializer_list<Fault> memory_faults() {
  static constexpr auto kFaults = {
      Fault{"write behind memory", [](bool bad) { write(bad, 0, 1); }},
      Fault{"write before memory", [](bool bad) { write(bad, 1, 0); }},
      Fault{"read behind memory", read},
      Fault{"write behind shared memory", [](bool bad) { write_shared(bad, 0, 1); }},
      Fault{"write before shared memory", [](bool bad) { write_shared(bad, 1, 0); }},
      Fault{"read behind shared memory", read_shared_beyond},
      Fault{"uninitialized memory", read_uninitialized},
      Fault{"uninitialized shared memory", read_uninitialized_shared},
      Fault{"shared memory of the block before", read_left},
      Fault{"host reads device memory", dereference},
      Fault{"kernel gets host memory", pass_host_pointer},
      Fault{"kernel gets a null pointer", pass_null},
      Fault{"memory of another device", use_other_device},
      Fault{"memory that was freed", use_freed},
      Fault{"host writes behind pinned memory", overrun_pinned},
      Fault{"freed twice", free_twice},
      Fault{"misaligned vector", misalign},
      Fault{"misaligned pair", misalign_pairs},
      Fault{"stack overflow", overflow_stack},
      Fault{"copy beyond memory", copy_too_much},
      Fault{"copy the wrong way", copy_the_wrong_way},
      Fault{"out of memory", allocate_too_much},
  };
  return kFaults;
}

}  // namespace faults
