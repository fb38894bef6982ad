#include "allocations.h"
#include "captures.h"
#include "faults.h"
#include "settings.h"

using namespace cuda_emulator;

namespace {

cudaError_t allocate(MemoryKind kind, void** memory, std::size_t bytes) {
  *memory = nullptr;
  if (bytes == 0) return cudaSuccess;
  install_fault_handler();
  const Allocation* allocation = allocations().create(kind, host_thread().device, bytes);
  if (!allocation) return cudaErrorMemoryAllocation;
  *memory = allocation->data;
  return cudaSuccess;
}

// The live allocation that begins at the pointer.
Allocation* find_start(void* memory, bool pinned) {
  Allocation* found = allocations().find(memory);
  const bool fits = found && found->data == memory && !found->releasing;
  return fits && (found->kind == MemoryKind::pinned) == pinned ? found : nullptr;
}

struct Place {
  const Allocation* allocation;  // null: pageable host memory
  bool valid;

  bool on_device() const { return allocation && allocation->on_device(); }
  bool pageable() const { return !allocation; }
  unsigned devices() const { return on_device() ? 1u << allocation->device : 0; }
};

Place locate(const void* pointer, std::size_t bytes) {
  const Allocation* found = allocations().find(pointer);
  if (!found) return {nullptr, !allocations().is_device_memory(pointer)};
  const auto rest = static_cast<std::size_t>(found->data + found->bytes - static_cast<const unsigned char*>(pointer));
  return {found, bytes <= rest && !found->releasing};
}

bool kind_fits(cudaMemcpyKind kind, const Place& to, const Place& from) {
  const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  return kind == cudaMemcpyDefault || (to.on_device() == to_device && from.on_device() == from_device);
}

// With `asynchronous` only copies to pageable memory hold up the host. A plain cudaMemcpy also waits for copies from pageable
// memory, which is read before it returns, and for copies between devices.
cudaError_t copy(Stream& stream, void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                 bool asynchronous) {
  if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDefault) return cudaErrorInvalidMemcpyDirection;
  const Place target = locate(to, bytes);
  const Place source = locate(from, bytes);
  if (!target.valid || !source.valid || !kind_fits(kind, target, source)) return cudaErrorInvalidValue;
  if (stream.capture && (target.pageable() || source.pageable())) {
    return break_capture(*stream.capture, cudaErrorStreamCaptureUnsupported);
  }
  const auto operation =
      std::make_shared<CopyOperation>(stream.device, target.devices() | source.devices(), to, from, bytes);
  if (source.pageable()) operation->stage();
  if (const cudaError_t error = enqueue(stream, operation); error != cudaSuccess) return error;
  const bool waits =
      asynchronous ? target.pageable() : !target.on_device() || (source.allocation && !source.on_device());
  const int device = stream.device;
  if (waits) drain(operation);
  return waits ? sticky_error(device) : cudaSuccess;
}

cudaError_t fill(Stream& stream, void* memory, int value, std::size_t bytes) {
  const Place place = locate(memory, bytes);
  if (!place.valid || !place.allocation) return cudaErrorInvalidValue;
  return enqueue(stream, std::make_shared<FillOperation>(stream.device, place.devices(), memory, value, bytes));
}

}  // namespace

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  return call([=] {
    if (const cudaError_t error = unsafe_call(); error != cudaSuccess) return error;
    return allocate(MemoryKind::device, memory, bytes);
  });
}

cudaError_t cudaFree(void* memory) {
  return call([=] {
    if (!memory) return cudaSuccess;
    if (const cudaError_t error = unsafe_call(); error != cudaSuccess) return error;
    Allocation* allocation = find_start(memory, false);
    if (!allocation || allocation->kind == MemoryKind::imported) return cudaErrorInvalidValue;
    drain_device(allocation->device);
    allocations().release(*allocation);
    return sticky_error(host_thread().device);
  });
}

cudaError_t cudaMallocAsync(void** memory, std::size_t bytes, cudaStream_t handle) {
  return call([=] {
    Stream* stream = find_stream(handle);
    if (!stream) return cudaErrorInvalidResourceHandle;
    if (!settings().pools) return cudaErrorNotSupported;
    // Memory nodes of graphs are not emulated.
    if (stream->capture) return break_capture(*stream->capture, cudaErrorStreamCaptureUnsupported);
    if (const cudaError_t error = allocate(MemoryKind::pooled, memory, bytes); error != cudaSuccess || !*memory) {
      return error;
    }
    return enqueue(*stream, std::make_shared<ReachOperation>(stream->device, *allocations().find(*memory)));
  });
}

cudaError_t cudaFreeAsync(void* memory, cudaStream_t handle) {
  return call([=] {
    Stream* stream = find_stream(handle);
    if (!stream) return cudaErrorInvalidResourceHandle;
    if (!memory) return cudaSuccess;
    if (stream->capture) return break_capture(*stream->capture, cudaErrorStreamCaptureUnsupported);
    Allocation* allocation = find_start(memory, false);
    if (!allocation || allocation->kind != MemoryKind::pooled) return cudaErrorInvalidValue;
    allocation->releasing = true;
    return enqueue(*stream, std::make_shared<ReleaseOperation>(stream->device, *allocation));
  });
}

cudaError_t cudaHostAlloc(void** memory, std::size_t bytes, unsigned) {
  return call([=] {
    if (const cudaError_t error = unsafe_call(); error != cudaSuccess) return error;
    return allocate(MemoryKind::pinned, memory, bytes);
  });
}

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  return cudaHostAlloc(memory, bytes, cudaHostAllocDefault);
}

cudaError_t cudaFreeHost(void* memory) {
  return call([=] {
    if (!memory) return cudaSuccess;
    if (const cudaError_t error = unsafe_call(); error != cudaSuccess) return error;
    Allocation* allocation = find_start(memory, true);
    if (!allocation) return cudaErrorInvalidValue;
    for (int device = 0; device < settings().devices; device++) drain_device(device);
    expect_no_damage_by_host();
    allocations().release(*allocation);
    return sticky_error(host_thread().device);
  });
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  return call([=] {
    if (bytes == 0) return cudaSuccess;
    if (const cudaError_t error = unsafe_call(); error != cudaSuccess) return error;
    return copy(*find_stream(nullptr), to, from, bytes, kind, false);
  });
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t handle) {
  return call([=] {
    Stream* stream = find_stream(handle);
    if (!stream) return cudaErrorInvalidResourceHandle;
    return bytes == 0 ? cudaSuccess : copy(*stream, to, from, bytes, kind, true);
  });
}

cudaError_t cudaMemset(void* memory, int value, std::size_t bytes) {
  return call([=] {
    if (bytes == 0) return cudaSuccess;
    if (const cudaError_t error = unsafe_call(); error != cudaSuccess) return error;
    return fill(*find_stream(nullptr), memory, value, bytes);
  });
}

cudaError_t cudaMemsetAsync(void* memory, int value, std::size_t bytes, cudaStream_t handle) {
  return call([=] {
    Stream* stream = find_stream(handle);
    if (!stream) return cudaErrorInvalidResourceHandle;
    return bytes == 0 ? cudaSuccess : fill(*stream, memory, value, bytes);
  });
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  return call([=] {
    const Allocation* found = allocations().find(pointer);
    *attributes = {cudaMemoryTypeUnregistered, -2, nullptr, const_cast<void*>(pointer)};
    if (!found) return cudaSuccess;
    const bool on_device = found->on_device();
    attributes->type = on_device ? cudaMemoryTypeDevice : cudaMemoryTypeHost;
    attributes->device = found->device;
    attributes->devicePointer = const_cast<void*>(pointer);
    attributes->hostPointer = on_device ? nullptr : const_cast<void*>(pointer);
    return cudaSuccess;
  });
}
