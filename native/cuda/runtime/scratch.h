// The memory that the calls on a stream need besides the caller's: sums per block and the result. Calls on a stream run one
// after another, so they share one scratch, which is made by the first call and only grows.
//
// Captured calls have scratch of their own, as the graph may run at the same time as later calls on the stream: one for each
// stream that takes part in the capture, as branches of the graph may run side by side. It lives as long as the graph; if
// somebody else instantiates the graph, it is never released.
#pragma once

#include <cuda_runtime.h>

#include <memory>
#include <mutex>
#include <vector>

#include "device.h"
#include "result.h"

namespace semd::cuda {

struct Scratch {
  // Held while a call's kernels and copy are enqueued, as no other thread's call on the stream may come between them.
  std::mutex enqueueing;
  Partial* partials = nullptr;  // [max_blocks(device)]
  DeviceResult* result = nullptr;
  double* workspace = nullptr;
  size_t workspace_bytes = 0;
  bool captured = false;
  std::vector<void*> outgrown;  // smaller workspaces that earlier calls of a capture still use

  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();  // waits for the device
};

// No launch of any kernel has more blocks.
inline int max_blocks(const Device& device) { return device.multiprocessors * 32; }

// The most bytes that the workspace of a call may take.
inline size_t max_workspace(const Device& device) { return device.total_memory / 32; }

// The owner of the scratch that a stream's next call uses: the stream or, while the stream is captured, the capture.
struct ScratchOwner {
  unsigned long long stream;   // its id, which unlike a handle is never reused; in a capture the handle
  unsigned long long capture;  // its id, which is never reused; 0: none
};

semd_status scratch_owner(cudaStream_t stream, ScratchOwner* out);

semd_status scratch_of(const Device& device, const ScratchOwner& owner, std::shared_ptr<Scratch>* out);

// Makes the workspace at least this large. `enqueueing` must be held.
semd_status grow_workspace(Scratch& scratch, size_t bytes);

// To be called when a stream, or a graph that was captured, is about to be destroyed.
void forget_stream_scratch(int32_t device, const ScratchOwner& owner);
void forget_capture_scratch(unsigned long long capture);

}  // namespace semd::cuda
