// Faults with captures: calls that a capture does not allow.
#include "fault.h"

namespace faults {
namespace {

constexpr int kCount = 64;

__global__ void set_to_one(float* out) { out[threadIdx.x] = 1; }
__global__ void add_one(float* out) { out[threadIdx.x] += 1; }

// Captures two kernels with the work of `body` between them, and launches the graph twice.
template <class Body>
void capture(Body body) {
  const Queue queue;
  Buffer out(kCount);
  check(cudaStreamBeginCapture(queue, cudaStreamCaptureModeGlobal));
  launch(queue, 1, kCount, 0, set_to_one, out.data());
  body(queue, out.data());
  launch(queue, 1, kCount, 0, add_one, out.data());
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(queue, &graph));
  cudaGraphExec_t executable = nullptr;
  check(cudaGraphInstantiate(&executable, graph));
  check(cudaGraphDestroy(graph));
  check(cudaGraphLaunch(executable, queue));
  check(cudaGraphLaunch(executable, queue));
  queue.wait();
  out.expect([](int) { return 2.0f; });
  check(cudaGraphExecDestroy(executable));
}

// Launches of one graph in two streams never run at the same time, but each is ordered only before its own stream's next work.
void launch_in_two_streams(bool bad) {
  constexpr int kRounds = 20;
  const Queue first, second;
  Buffer out(kCount);
  check(cudaStreamBeginCapture(first, cudaStreamCaptureModeRelaxed));
  launch(first, 1, kCount, 0, set_to_one, out.data());
  launch(first, 1, kCount, 0, add_one, out.data());
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(first, &graph));
  cudaGraphExec_t executable = nullptr;
  check(cudaGraphInstantiate(&executable, graph));
  check(cudaGraphDestroy(graph));
  for (int round = 0; round < kRounds; round++) {
    check(cudaGraphLaunch(executable, first));
    check(cudaGraphLaunch(executable, second));
    if (!bad) check(cudaStreamWaitEvent(first, Mark(second)));
    launch(first, 1, kCount, 0, add_one, out.data());
    first.wait();
    second.wait();
    out.expect([](int) { return 3.0f; });
  }
  check(cudaGraphExecDestroy(executable));
}

// The call fails, and the capture with it, so cudaStreamEndCapture fails, or a launch before it.
void allocate(bool bad) {
  capture([=](cudaStream_t, float*) {
    void* memory = nullptr;
    if (bad && cudaMalloc(&memory, 4) != cudaErrorStreamCaptureUnsupported) std::_Exit(1);
  });
}

void synchronize(bool bad) {
  capture([=](cudaStream_t stream, float*) {
    if (bad && cudaStreamSynchronize(stream) != cudaErrorStreamCaptureUnsupported) std::_Exit(1);
  });
}

void ask_for_id(bool bad) {
  capture([=](cudaStream_t stream, float*) {
    unsigned long long id = 0;
    if (bad && cudaStreamGetId(stream, &id) != cudaErrorStreamCaptureUnsupported) std::_Exit(1);
  });
}

void copy_pageable(bool bad) {
  static float values[kCount];
  capture([=](cudaStream_t stream, float* out) {
    if (!bad) return;
    check(cudaMemcpyAsync(values, out, sizeof values, cudaMemcpyDeviceToHost, stream));
  });
}

void leave_unjoined(bool bad) {
  const Queue other;
  capture([&](cudaStream_t stream, float* out) {
    check(cudaStreamWaitEvent(other, Mark(stream)));
    launch(other, 1, kCount, 0, set_to_one, out);
    if (!bad) check(cudaStreamWaitEvent(stream, Mark(other)));
  });
}

void depend_on_uncaptured(bool bad) {
  const Queue other;
  Buffer unrelated(kCount);
  launch(other, 1, kCount, 0, set_to_one, unrelated.data());
  const Mark outside(other);
  capture([&](cudaStream_t stream, float*) {
    if (bad) check(cudaStreamWaitEvent(stream, outside));
  });
}

}  // namespace

std::initializer_list<Fault> capture_faults() {
  static constexpr auto kFaults = {
      Fault{"allocation while capturing", allocate},
      Fault{"synchronization while capturing", synchronize},
      Fault{"id of a captured stream", ask_for_id},
      Fault{"pageable copy while capturing", copy_pageable},
      Fault{"graph in two streams", launch_in_two_streams},
      Fault{"capture not joined", leave_unjoined},
      Fault{"capture waits for uncaptured work", depend_on_uncaptured},
  };
  return kFaults;
}

}  // namespace faults
