// Programs with a planted fault, each with a twin without it: `faults NAME bad` must be caught, by the emulator (which aborts),
// by an error code, or by the result; `faults NAME good` must print "fine".
#pragma once

#include <cuda_runtime.h>

#include <cstdlib>
#include <initializer_list>

namespace faults {

struct Fault {
  const char* name;
  void (*run)(bool bad);
};

std::initializer_list<Fault> thread_faults();
std::initializer_list<Fault> cluster_faults();
std::initializer_list<Fault> copy_faults();
std::initializer_list<Fault> memory_faults();
std::initializer_list<Fault> launch_faults();
std::initializer_list<Fault> stream_faults();
std::initializer_list<Fault> capture_faults();

// Ends the program with the error's name, unless it is cudaSuccess.
void check(cudaError_t error);
// Ends the program unless each value is as expected from its place, or from its place in its part; NaN never is.
void expect(const float* values, int count, float (*expected)(int), int part = 1 << 30);

template <class... Parameters, class... Arguments>
void launch(cudaStream_t stream, int blocks, int threads, std::size_t shared_bytes, void (*kernel)(Parameters...),
            Arguments... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(blocks));
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  check(cudaLaunchKernelEx(&config, kernel, arguments...));
}

// An array of floats in device memory.
class Buffer {
 public:
  explicit Buffer(int count) : count_(count) { check(cudaMalloc(&data_, bytes())); }
  ~Buffer() { check(cudaFree(data_)); }
  Buffer(const Buffer&) = delete;
  float* data() const { return data_; }
  std::size_t bytes() const { return static_cast<std::size_t>(count_) * sizeof(float); }
  void upload(const float* values) { check(cudaMemcpy(data_, values, bytes(), cudaMemcpyHostToDevice)); }
  void expect(float (*expected)(int), int part = 1 << 30) const {
    auto* values = static_cast<float*>(std::malloc(bytes()));
    check(cudaMemcpy(values, data_, bytes(), cudaMemcpyDeviceToHost));
    faults::expect(values, count_, expected, part);
    std::free(values);
  }

 private:
  int count_;
  float* data_ = nullptr;
};

// A stream that does not wait for the legacy stream.
class Queue {
 public:
  Queue() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking)); }
  ~Queue() { check(cudaStreamDestroy(stream_)); }
  Queue(const Queue&) = delete;
  operator cudaStream_t() const { return stream_; }
  void wait() const { check(cudaStreamSynchronize(stream_)); }

 private:
  cudaStream_t stream_ = nullptr;
};

class Mark {
 public:
  explicit Mark(cudaStream_t stream) {
    check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming));
    check(cudaEventRecord(event_, stream));
  }
  ~Mark() { check(cudaEventDestroy(event_)); }
  Mark(const Mark&) = delete;
  operator cudaEvent_t() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace faults
