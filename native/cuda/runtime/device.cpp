#include "device.h"

#include <atomic>
#include <cstring>
#include <mutex>
#include <new>

#include "errors.h"

namespace semd::cuda {
namespace {

constexpr int32_t kMaxDevices = 64;

struct Record {
  std::atomic<bool> ready{false};
  Device device{};
  cudaStream_t own_stream = nullptr;
};

// Never destroyed, as threads may still work on a device while the process ends.
struct Records {
  std::mutex mutex;
  Record of[kMaxDevices];
};

Records& records() {
  static auto* all = new Records;
  return *all;
}

// Sets how much freed memory the device's pool keeps. By default memory goes back to the driver whenever a stream is waited
// for, which costs more than a small loss; but other libraries in the process need memory, too.
semd_status keep_freed_memory(const Device& device) {
  cudaMemPool_t pool = nullptr;
  semd_status status = check(cudaDeviceGetDefaultMemPool(&pool, device.index), "cudaDeviceGetDefaultMemPool");
  if (status != SEMD_OK) return status;
  uint64_t kept = 0;
  status = check(cudaMemPoolGetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &kept), "cudaMemPoolGetAttribute");
  if (status != SEMD_OK || kept != 0) return status;  // another library has chosen already
  kept = device.total_memory / 4;
  return check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &kept), "cudaMemPoolSetAttribute");
}

semd_status prepare(int32_t index, Record& record) {
  cudaDeviceProp properties;
  semd_status status = check(cudaGetDeviceProperties(&properties, index), "cudaGetDeviceProperties");
  if (status != SEMD_OK) return status;
  Device& device = record.device;
  device.index = index;
  device.major = properties.major;
  device.minor = properties.minor;
  device.multiprocessors = properties.multiProcessorCount;
  device.shared_memory = properties.sharedMemPerBlock;
  device.shared_memory_opt_in = properties.sharedMemPerBlockOptin;
  device.l2_cache = static_cast<size_t>(properties.l2CacheSize);
  device.total_memory = properties.totalGlobalMem;
  device.memory_pools = properties.memoryPoolsSupported != 0;
  static_assert(sizeof device.name == sizeof properties.name, "the name fits");
  std::memcpy(device.name, properties.name, sizeof device.name);
  if (device.memory_pools) status = keep_freed_memory(device);
  if (status != SEMD_OK || record.own_stream) return status;
  // Non-blocking, as it must not wait for what other libraries do on the legacy default stream.
  return check(cudaStreamCreateWithFlags(&record.own_stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
}

}  // namespace

semd_status use_device(int32_t index, const Device** out) {
  if (index < 0 || index >= kMaxDevices) return check(cudaErrorInvalidDevice, "device");
  semd_status status = check(cudaSetDevice(index), "cudaSetDevice");
  if (status != SEMD_OK) return status;
  Record& record = records().of[index];
  if (!record.ready.load(std::memory_order_acquire)) {
    const std::lock_guard<std::mutex> lock(records().mutex);
    if (!record.ready.load(std::memory_order_relaxed)) {
      status = prepare(index, record);
      if (status != SEMD_OK) return status;
      record.ready.store(true, std::memory_order_release);
    }
  }
  if (out) *out = &record.device;
  return SEMD_OK;
}

cudaStream_t stream_of(int32_t index, void* stream) {
  return stream ? static_cast<cudaStream_t>(stream) : records().of[index].own_stream;
}

}  // namespace semd::cuda
