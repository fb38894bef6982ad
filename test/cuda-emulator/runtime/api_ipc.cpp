#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "allocations.h"
#include "captures.h"
#include "faults.h"
#include "guard.h"

using namespace cuda_emulator;

namespace {

// The contents of a handle. The importing process opens the file of the process that exported the memory.
struct Contents {
  int process, file, device;
  std::size_t bytes, mapping_bytes, offset;
};
static_assert(sizeof(Contents) <= sizeof(cudaIpcMemHandle_t));

}  // namespace

cudaError_t cudaIpcGetMemHandle(cudaIpcMemHandle_t* handle, void* memory) {
  return call([=] {
    Allocation* allocation = allocations().find(memory);
    if (!allocation || allocation->kind != MemoryKind::device) return cudaErrorInvalidValue;
    if (!allocations().share(*allocation)) return cudaErrorMemoryAllocation;
    const Contents contents{
        static_cast<int>(getpid()), allocation->file,
        allocation->device,         allocation->bytes,
        allocation->mapping_bytes,  static_cast<std::size_t>(allocation->data - allocation->inside())};
    *handle = {};
    std::memcpy(handle, &contents, sizeof contents);
    return cudaSuccess;
  });
}

cudaError_t cudaIpcOpenMemHandle(void** memory, cudaIpcMemHandle_t handle, unsigned) {
  return call([=] {
    Contents contents;
    std::memcpy(&contents, &handle, sizeof contents);
    if (contents.process == getpid()) return cudaErrorDeviceUninitialized;
    const std::string path = "/proc/" + std::to_string(contents.process) + "/fd/" + std::to_string(contents.file);
    const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0) return cudaErrorInvalidValue;
    install_fault_handler();
    const Allocation* allocation =
        contents.device == host_thread().device
            ? allocations().import(contents.device, contents.bytes, contents.mapping_bytes, contents.offset, file)
            : nullptr;
    close(file);
    if (!allocation) return cudaErrorInvalidValue;
    *memory = allocation->data;
    return cudaSuccess;
  });
}

cudaError_t cudaIpcCloseMemHandle(void* memory) {
  return call([=] {
    Allocation* allocation = allocations().find(memory);
    if (!allocation || allocation->kind != MemoryKind::imported || allocation->data != memory) {
      return cudaErrorInvalidValue;
    }
    drain_device(allocation->device);
    allocations().release(*allocation);
    return cudaSuccess;
  });
}
