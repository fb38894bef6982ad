#include <algorithm>
#include <cstdio>
#include <iterator>

#include "allocations.h"
#include "captures.h"
#include "devices.h"
#include "settings.h"

using namespace cuda_emulator;

namespace {

bool is_device(int device) { return device >= 0 && device < settings().devices; }

int attribute_value(cudaDeviceAttr attribute) {
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
      return kMaximumThreadsPerBlock;
    case cudaDevAttrMaxBlockDimX:
      return kMaximumBlock[0];
    case cudaDevAttrMaxBlockDimY:
      return kMaximumBlock[1];
    case cudaDevAttrMaxBlockDimZ:
      return kMaximumBlock[2];
    case cudaDevAttrMaxGridDimX:
      return kMaximumGrid[0];
    case cudaDevAttrMaxGridDimY:
      return kMaximumGrid[1];
    case cudaDevAttrMaxGridDimZ:
      return kMaximumGrid[2];
    case cudaDevAttrMaxSharedMemoryPerBlock:
      return kSharedPerBlock;
    case cudaDevAttrWarpSize:
      return 32;
    case cudaDevAttrMultiProcessorCount:
      return settings().multiprocessors;
    case cudaDevAttrIntegrated:
      return 0;
    case cudaDevAttrL2CacheSize:
      return kSecondLevelCache;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      return kThreadsPerMultiprocessor;
    case cudaDevAttrUnifiedAddressing:
      return 1;
    case cudaDevAttrComputeCapabilityMajor:
      return kComputeMajor;
    case cudaDevAttrComputeCapabilityMinor:
      return kComputeMinor;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      return settings().shared_memory + kReservedSharedPerBlock;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      return settings().shared_memory;
    case cudaDevAttrMaxBlocksPerMultiprocessor:
      return kBlocksPerMultiprocessor;
    case cudaDevAttrReservedSharedMemoryPerBlock:
      return kReservedSharedPerBlock;
    case cudaDevAttrMemoryPoolsSupported:
      return settings().pools;
  }
  return -1;
}

}  // namespace

cudaError_t cudaDriverGetVersion(int* version) {
  *version = settings().driver;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = kRuntimeVersion;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  return call([=] {
    *count = settings().devices;
    return cudaSuccess;
  });
}

cudaError_t cudaSetDevice(int device) {
  const std::lock_guard lock(runtime_mutex());
  if (const cudaError_t error = driver_error(); error != cudaSuccess) return remember(error);
  if (!is_device(device)) return remember(cudaErrorInvalidDevice);
  host_thread().device = device;
  return remember(sticky_error(device));
}

cudaError_t cudaGetDevice(int* device) {
  return call([=] {
    *device = host_thread().device;
    return cudaSuccess;
  });
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  return call([=] {
    if (!is_device(device)) return cudaErrorInvalidDevice;
    *properties = {};
    std::snprintf(properties->name, sizeof properties->name, "CUDA emulator %d", device);
    properties->totalGlobalMem = settings().memory;
    properties->sharedMemPerBlock = kSharedPerBlock;
    properties->sharedMemPerBlockOptin = static_cast<size_t>(settings().shared_memory);
    properties->sharedMemPerMultiprocessor = static_cast<size_t>(settings().shared_memory + kReservedSharedPerBlock);
    properties->reservedSharedMemPerBlock = kReservedSharedPerBlock;
    properties->warpSize = 32;
    properties->maxThreadsPerBlock = kMaximumThreadsPerBlock;
    std::copy(std::begin(kMaximumBlock), std::end(kMaximumBlock), properties->maxThreadsDim);
    std::copy(std::begin(kMaximumGrid), std::end(kMaximumGrid), properties->maxGridSize);
    properties->major = kComputeMajor;
    properties->minor = kComputeMinor;
    properties->multiProcessorCount = settings().multiprocessors;
    properties->maxThreadsPerMultiProcessor = kThreadsPerMultiprocessor;
    properties->maxBlocksPerMultiProcessor = kBlocksPerMultiprocessor;
    properties->l2CacheSize = kSecondLevelCache;
    properties->unifiedAddressing = 1;
    properties->memoryPoolsSupported = settings().pools;
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  return call([=] {
    if (!is_device(device)) return cudaErrorInvalidDevice;
    const int found = attribute_value(attribute);
    if (found < 0) return cudaErrorInvalidValue;
    *value = found;
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceSynchronize() {
  return call([] {
    const int device = host_thread().device;
    if (const cudaError_t error = device_wide_call(device); error != cudaSuccess) return error;
    drain_device(device);
    return sticky_error(device);
  });
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  return call([=] {
    *total = settings().memory;
    *free = *total - allocations().used(host_thread().device);
    return cudaSuccess;
  });
}
