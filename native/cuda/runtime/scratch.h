// What the calls on one stream need besides the caller's memory: sums per block and the result. Calls on a stream run one
// after the other, so that they share it; made on the first call, then only growing.
//
// Calls that are captured get scratch of their capture, since its graph may run beside later calls on the stream, for each
// stream that takes part, since the graph's branches may run side by side. It lives as long as the graph; that of a graph
// that somebody else instantiates lives for ever.
#pragma once

#include <cuda_runtime.h>

#include <memory>
#include <mutex>
#include <vector>

#include "device.h"
#include "result.h"

namespace semd::cuda {

struct Scratch {
  // Held while a call's kernels and copy are enqueued: another thread's call on the stream must not come between them.
  std::mutex enqueueing;
  Partial* partials = nullptr;  // [max_blocks(device)]
  DeviceResult* result = nullptr;
  double* workspace = nullptr;
  size_t workspace_bytes = 0;
  bool captured = false;
  std::vector<void*> outgrown;  // workspaces that earlier calls of a capture go on using

  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();  // waits for the device
};

// More blocks than a launch may have of any kernel.
inline int max_blocks(const Device& device) { return device.multiprocessors * 32; }

// The most that the workspace of a call may take.
inline size_t max_workspace(const Device& device) { return device.total_memory / 32; }

// Whose scratch a stream's next call uses: the stream's own or, while the stream is captured, the capture's.
struct ScratchOwner {
  unsigned long long stream;   // outside of captures an id that is never used again, as handles are; in one, the handle
  unsigned long long capture;  // an id that is never used again; 0: none
};

semd_status scratch_owner(cudaStream_t stream, ScratchOwner* out);

semd_status scratch_of(const Device& device, const ScratchOwner& owner, std::shared_ptr<Scratch>* out);

// With `enqueueing` held: at least so many bytes.
semd_status grow_workspace(Scratch& scratch, size_t bytes);

// For when a stream is about to be destroyed, or a graph that was captured.
void forget_stream_scratch(int32_t device, const ScratchOwner& owner);
void forget_capture_scratch(unsigned long long capture);

}  // namespace semd::cuda
