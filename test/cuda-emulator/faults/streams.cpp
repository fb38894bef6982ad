// Faults with synchronization between streams, and between a stream and the host.
#include "fault.h"

namespace faults {
namespace {

constexpr int kCount = 64;

float number(int i) { return static_cast<float>(i); }
float next_number(int i) { return static_cast<float>(i + 1); }

__global__ void write_numbers(float* out) { out[threadIdx.x] = static_cast<float>(threadIdx.x); }
__global__ void add_one(const float* in, float* out) { out[threadIdx.x] = in[threadIdx.x] + 1; }

class Pinned {
 public:
  Pinned() { check(cudaHostAlloc(&data_, kCount * sizeof(float), cudaHostAllocDefault)); }
  ~Pinned() { check(cudaFreeHost(data_)); }
  Pinned(const Pinned&) = delete;
  float* data() const { return data_; }

 private:
  float* data_ = nullptr;
};

void read_too_early(bool bad) {
  const Queue queue;
  Buffer out(kCount);
  const Pinned result;
  launch(queue, 1, kCount, 0, write_numbers, out.data());
  check(cudaMemcpyAsync(result.data(), out.data(), out.bytes(), cudaMemcpyDeviceToHost, queue));
  if (!bad) queue.wait();
  expect(result.data(), kCount, number);
}

void overwrite_too_early(bool bad) {
  const Queue queue;
  Buffer in(kCount);
  const Pinned source, result;
  for (int i = 0; i < kCount; i++) source.data()[i] = number(i);
  check(cudaMemcpyAsync(in.data(), source.data(), in.bytes(), cudaMemcpyHostToDevice, queue));
  if (!bad) queue.wait();
  for (int i = 0; i < kCount; i++) source.data()[i] = -1;
  check(cudaMemcpyAsync(result.data(), in.data(), in.bytes(), cudaMemcpyDeviceToHost, queue));
  queue.wait();
  expect(result.data(), kCount, number);
}

// Every seed must find this: there are enough rounds, each with its own memory, for both orders to occur.
void omit_event(bool bad) {
  constexpr int kRounds = 20;
  const Queue first, second;
  for (int round = 0; round < kRounds; round++) {
    Buffer in(kCount), out(kCount);
    launch(first, 1, kCount, 0, write_numbers, in.data());
    const Mark written(first);
    if (!bad) check(cudaStreamWaitEvent(second, written));
    launch(second, 1, kCount, 0, add_one, in.data(), out.data());
    first.wait();
    second.wait();
    out.expect(next_number);
  }
}

void upload_unordered(bool bad) {
  constexpr int kRounds = 20;
  const Queue queue;
  float values[kCount];
  for (int i = 0; i < kCount; i++) values[i] = number(i);
  for (int round = 0; round < kRounds; round++) {
    Buffer in(kCount), out(kCount);
    if (bad) {
      in.upload(values);
    } else {
      check(cudaMemcpyAsync(in.data(), values, in.bytes(), cudaMemcpyHostToDevice, queue));
    }
    launch(queue, 1, kCount, 0, add_one, in.data(), out.data());
    queue.wait();
    out.expect(next_number);
  }
}

void free_too_early(bool bad) {
  constexpr int kRounds = 20;
  const Queue first, second;
  for (int round = 0; round < kRounds; round++) {
    Buffer out(kCount);
    float* in = nullptr;
    check(cudaMallocAsync(&in, out.bytes(), first));
    launch(first, 1, kCount, 0, write_numbers, in);
    check(cudaStreamWaitEvent(second, Mark(first)));
    launch(second, 1, kCount, 0, add_one, in, out.data());
    const Mark used(second);
    if (!bad) check(cudaStreamWaitEvent(first, used));
    check(cudaFreeAsync(in, first));
    first.wait();
    second.wait();
    out.expect(next_number);
  }
}

void query_once(bool bad) {
  const Queue queue;
  Buffer out(kCount);
  for (int i = 0; i < 100; i++) launch(queue, 1, kCount, 0, write_numbers, out.data());
  const Mark end(queue);
  cudaError_t error;
  do {
    error = cudaEventQuery(end);
  } while (!bad && error == cudaErrorNotReady);
  check(error);
  queue.wait();
}

}  // namespace

std::initializer_list<Fault> stream_faults() {
  static constexpr auto kFaults = {
      Fault{"missing stream synchronization", read_too_early},
      Fault{"pinned memory overwritten too early", overwrite_too_early},
      Fault{"missing event between streams", omit_event},
      Fault{"upload in another stream", upload_unordered},
      Fault{"freed while another stream uses it", free_too_early},
      Fault{"event not awaited", query_once},
  };
  return kFaults;
}

}  // namespace faults
