#include "scratch.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "capture.h"
#include "errors.h"
#include "upload.h"

namespace semd::cuda {
namespace {

using Key = std::tuple<int32_t, unsigned long long, unsigned long long>;  // device, stream, capture
using Kept = std::map<Key, std::shared_ptr<Scratch>>;

// Never destroyed, as the driver may be gone before static objects are.
struct Pool {
  std::mutex mutex;
  Kept kept;
};

Pool& pool() {
  static Pool* one = new Pool;
  return *one;
}

Key key_of(int32_t device, const ScratchOwner& owner) { return Key(device, owner.stream, owner.capture); }

semd_status fill(const Device& device, Scratch& scratch) {
  semd_status status = check(
      cudaMalloc(reinterpret_cast<void**>(&scratch.partials), sizeof(Partial) * static_cast<size_t>(max_blocks(device))),
      "cudaMalloc");
  if (status != SEMD_OK) return status;
  status = check(cudaMalloc(reinterpret_cast<void**>(&scratch.result), sizeof(DeviceResult)), "cudaMalloc");
  if (status != SEMD_OK) return status;
  DeviceResult idle{};
  idle.bad_row_so_far = idle.non_finite_row_so_far = kNoRow;
  return upload(scratch.result, &idle, sizeof idle);
}

// The caller frees what is taken out, outside of the lock, as cudaFree waits for the device.
std::shared_ptr<Scratch> take_out(const Key& key) {
  const std::lock_guard<std::mutex> lock(pool().mutex);
  const auto found = pool().kept.find(key);
  if (found == pool().kept.end()) return nullptr;
  std::shared_ptr<Scratch> taken = std::move(found->second);
  pool().kept.erase(found);
  return taken;
}

}  // namespace

Scratch::~Scratch() {
  const OutsideCapture outside;
  cudaFree(partials);
  cudaFree(result);
  cudaFree(workspace);
  for (void* memory : outgrown) cudaFree(memory);
}

semd_status scratch_owner(cudaStream_t stream, ScratchOwner* out) {
  *out = ScratchOwner{};
  cudaStreamCaptureStatus capture = cudaStreamCaptureStatusNone;
  const semd_status status =
      check(cudaStreamGetCaptureInfo(stream, &capture, &out->capture), "cudaStreamGetCaptureInfo");
  if (status != SEMD_OK) return status;
  if (capture == cudaStreamCaptureStatusInvalidated) return fail("the capture of the stream is broken", nullptr);
  if (capture == cudaStreamCaptureStatusActive) {
    // Asking a captured stream for its id would end the capture; while the capture lasts its handle serves as one.
    out->stream = reinterpret_cast<uintptr_t>(stream);
    return SEMD_OK;
  }
  out->capture = 0;
  return check(cudaStreamGetId(stream, &out->stream), "cudaStreamGetId");
}

semd_status scratch_of(const Device& device, const ScratchOwner& owner, std::shared_ptr<Scratch>* out) {
  const OutsideCapture outside;
  const std::lock_guard<std::mutex> lock(pool().mutex);
  std::shared_ptr<Scratch>& kept = pool().kept[key_of(device.index, owner)];
  if (!kept) {
    auto made = std::make_shared<Scratch>();
    made->captured = owner.capture != 0;
    const semd_status status = fill(device, *made);
    if (status != SEMD_OK) return status;
    kept = std::move(made);
  }
  *out = kept;
  return SEMD_OK;
}

semd_status grow_workspace(Scratch& scratch, size_t bytes) {
  if (bytes <= scratch.workspace_bytes) return SEMD_OK;
  const OutsideCapture outside;
  const size_t wanted = std::max(bytes, 2 * scratch.workspace_bytes);
  scratch.outgrown.reserve(scratch.outgrown.size() + 1);
  void* memory = nullptr;
  const semd_status status = check(cudaMalloc(&memory, wanted), "cudaMalloc");
  if (status != SEMD_OK) return status;
  void* old = scratch.workspace;
  scratch.workspace = static_cast<double*>(memory);
  scratch.workspace_bytes = wanted;
  if (!scratch.captured) return check(cudaFree(old), "cudaFree");  // waits for the calls that use the old one
  scratch.outgrown.push_back(old);
  return SEMD_OK;
}

void forget_stream_scratch(int32_t device, const ScratchOwner& owner) { take_out(key_of(device, owner)); }

void forget_capture_scratch(unsigned long long capture) {
  for (;;) {
    Key key;
    {
      const std::lock_guard<std::mutex> lock(pool().mutex);
      const auto found = std::find_if(pool().kept.begin(), pool().kept.end(),
                                      [&](const auto& one) { return std::get<2>(one.first) == capture; });
      if (found == pool().kept.end()) return;
      key = found->first;
    }
    take_out(key);
  }
}

}  // namespace semd::cuda
