#include "scratch.h"

#include <map>
#include <mutex>
#include <tuple>
#include <vector>

#include "capture.h"
#include "errors.h"
#include "upload.h"

namespace semd::cuda {
namespace {

using Key = std::tuple<int32_t, cudaStream_t, bool>;

struct Kept {
  Scratch scratch{};
  std::vector<void*> outgrown;  // graphs may still refer to them
};

// Never destroyed: the driver may be gone when static objects are.
struct Pool {
  std::mutex mutex;
  std::map<Key, Kept> kept;
};

Pool& pool() {
  static Pool* one = new Pool;
  return *one;
}

semd_status make(const Device& device, Scratch& scratch) {
  semd_status status = check(
      cudaMalloc(reinterpret_cast<void**>(&scratch.partials), sizeof(Partial) * static_cast<size_t>(max_blocks(device))),
      "cudaMalloc");
  if (status != SEMD_OK) return status;
  status = check(cudaMalloc(reinterpret_cast<void**>(&scratch.result), sizeof(DeviceResult)), "cudaMalloc");
  if (status == SEMD_OK) {
    DeviceResult idle{};
    idle.bad_row_so_far = kNoRow;
    status = upload(scratch.result, &idle, sizeof idle);
  }
  if (status == SEMD_OK) return status;
  cudaFree(scratch.partials);
  cudaFree(scratch.result);
  scratch = Scratch{};
  return status;
}

semd_status grow(Kept& kept, size_t bytes) {
  void* memory = nullptr;
  const semd_status status = check(cudaMalloc(&memory, bytes), "cudaMalloc");
  if (status != SEMD_OK) return status;
  if (kept.scratch.workspace) kept.outgrown.push_back(kept.scratch.workspace);
  kept.scratch.workspace = static_cast<double*>(memory);
  kept.scratch.workspace_bytes = bytes;
  return SEMD_OK;
}

}  // namespace

semd_status scratch_of(const Device& device, cudaStream_t stream, bool capturing, size_t workspace_bytes, Scratch* out) {
  const OutsideCapture outside;
  const std::lock_guard<std::mutex> lock(pool().mutex);
  Kept& kept = pool().kept[Key(device.index, stream, capturing)];
  semd_status status = kept.scratch.partials ? SEMD_OK : make(device, kept.scratch);
  if (status == SEMD_OK && kept.scratch.workspace_bytes < workspace_bytes) status = grow(kept, workspace_bytes);
  *out = kept.scratch;
  return status;
}

void forget_scratch(int32_t device, cudaStream_t stream) {
  const OutsideCapture outside;
  const std::lock_guard<std::mutex> lock(pool().mutex);
  const auto found = pool().kept.find(Key(device, stream, false));
  if (found == pool().kept.end()) return;
  // cudaFree waits for the device. What was captured stays: its graphs outlive the stream.
  cudaFree(found->second.scratch.partials);
  cudaFree(found->second.scratch.result);
  cudaFree(found->second.scratch.workspace);
  for (void* memory : found->second.outgrown) cudaFree(memory);
  pool().kept.erase(found);
}

}  // namespace semd::cuda
