#include "memory.h"

#include <cuda_runtime.h>

#include "address_range.h"
#include "capture.h"
#include "device.h"
#include "errors.h"

namespace semd::cuda {
namespace {

semd_status try_allocate(const Device& device, cudaStream_t stream, size_t bytes, bool plain, void** out) {
  if (plain || !device.memory_pools) return check(cudaMalloc(out, bytes), "cudaMalloc");
  return check(cudaMallocAsync(out, bytes, stream), "cudaMallocAsync");
}

// Gives memory back to the driver that has been freed, but waits for a stream or is kept by the pool.
void give_back(const Device& device, cudaStream_t stream) {
  check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  check(cudaStreamSynchronize(stream_of(device.index, nullptr)), "cudaStreamSynchronize");
  cudaMemPool_t pool = nullptr;
  if (!device.memory_pools) return;
  if (check(cudaDeviceGetDefaultMemPool(&pool, device.index), "cudaDeviceGetDefaultMemPool") != SEMD_OK) return;
  check(cudaMemPoolTrimTo(pool, 0), "cudaMemPoolTrimTo");
}

}  // namespace

semd_status allocate(int32_t index, void* stream, size_t bytes, int32_t plain, void** out) {
  *out = nullptr;
  const Device* device = nullptr;
  semd_status status = use_device(index, &device);
  if (status != SEMD_OK || bytes == 0) return status;
  const OutsideCapture outside;
  const cudaStream_t queue = stream_of(index, stream);
  status = try_allocate(*device, queue, bytes, plain != 0, out);
  if (status != SEMD_DEVICE_OUT_OF_MEMORY) return status;
  give_back(*device, queue);
  return try_allocate(*device, queue, bytes, plain != 0, out);
}

semd_status release(int32_t index, void* stream, void* memory, int32_t plain) {
  const Device* device = nullptr;
  const semd_status status = use_device(index, &device);
  if (status != SEMD_OK || !memory) return status;
  const OutsideCapture outside;
  if (plain || !device->memory_pools) return check(cudaFree(memory), "cudaFree");
  return check(cudaFreeAsync(memory, stream_of(index, stream)), "cudaFreeAsync");
}

semd_status allocate_pinned(size_t bytes, void** out) {
  *out = nullptr;
  if (bytes == 0) return SEMD_OK;
  const OutsideCapture outside;
  // Portable means page-locked for every device.
  return check(cudaHostAlloc(out, bytes, cudaHostAllocPortable), "cudaHostAlloc");
}

semd_status release_pinned(void* memory) {
  const OutsideCapture outside;
  return check(cudaFreeHost(memory), "cudaFreeHost");
}

semd_status copy(int32_t index, void* stream, void* to, const void* from, size_t bytes, int32_t direction) {
  const semd_status status = use_device(index);
  if (status != SEMD_OK || bytes == 0) return status;
  const cudaMemcpyKind kind = direction == SEMD_HOST_TO_DEVICE   ? cudaMemcpyHostToDevice
                              : direction == SEMD_DEVICE_TO_HOST ? cudaMemcpyDeviceToHost
                                                                 : cudaMemcpyDeviceToDevice;
  return check(cudaMemcpyAsync(to, from, bytes, kind, stream_of(index, stream)), "cudaMemcpyAsync");
}

semd_status pointer_device(const void* memory, int32_t* device, uint64_t* bytes) {
  *device = -1;
  *bytes = UINT64_MAX;
  cudaPointerAttributes attributes{};
  const cudaError_t error = cudaPointerGetAttributes(&attributes, memory);
  if (error == cudaErrorInvalidValue) {  // neither device memory nor registered
    (void)cudaGetLastError();
    return SEMD_OK;
  }
  semd_status status = check(error, "cudaPointerGetAttributes");
  if (status != SEMD_OK) return status;
  if (attributes.type != cudaMemoryTypeDevice && attributes.type != cudaMemoryTypeManaged) return SEMD_OK;
  status = use_device(attributes.device);
  if (status != SEMD_OK) return status;
  *device = attributes.device;
  AddressRange range{};
  if (address_range(memory, &range)) *bytes = range.base + range.bytes - reinterpret_cast<uint64_t>(memory);
  return SEMD_OK;
}

}  // namespace semd::cuda
