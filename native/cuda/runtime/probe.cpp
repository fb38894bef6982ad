#include "probe.h"

#include <cuda_runtime.h>

#include <cstring>
#include <mutex>
#include <string>

#include "device.h"
#include "errors.h"
#include "self_test.h"

namespace semd::cuda {
namespace {

constexpr int32_t kMaxDevices = 64;

struct Findings {
  std::mutex mutex;
  bool made = false;
  semd_cuda_status status{};
  std::string words;  // why no device can be used
  bool usable[kMaxDevices] = {};
};

Findings& findings() {
  static auto* all = new Findings;  // never destroyed, as in device.cpp
  return *all;
}

semd_cuda_reason reason_of(cudaError_t error, int32_t driver_version) {
  switch (error) {
    case cudaSuccess:
      return SEMD_CUDA_AVAILABLE;
    case cudaErrorInsufficientDriver:  // also the error without any driver
    case cudaErrorStubLibrary:
      return driver_version == 0 ? SEMD_CUDA_NO_DRIVER : SEMD_CUDA_DRIVER_TOO_OLD;
    case cudaErrorUnsupportedPtxVersion:
    case cudaErrorCompatNotSupportedOnDevice:
      return SEMD_CUDA_DRIVER_TOO_OLD;
    case cudaErrorNoDevice:
      return SEMD_CUDA_NO_DEVICE;
    case cudaErrorNoKernelImageForDevice:
      return SEMD_CUDA_NO_KERNEL_IMAGE;
    default:
      return SEMD_CUDA_SELF_TEST_FAILED;
  }
}

// The reason why this device cannot be used, or that it can.
semd_cuda_reason test_device(int32_t device, int32_t driver_version) {
  if (use_device(device) != SEMD_OK) return SEMD_CUDA_SELF_TEST_FAILED;
  const cudaError_t error = self_test(device);
  check(error, "self test");
  return reason_of(error, driver_version);
}

void look(Findings& found) {
  semd_cuda_status& status = found.status;
  if (cudaDriverGetVersion(&status.driver_version) != cudaSuccess) status.driver_version = 0;
  if (cudaRuntimeGetVersion(&status.runtime_version) != cudaSuccess) status.runtime_version = 0;
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (check(error, "cudaGetDeviceCount") != SEMD_OK || count <= 0) {
    status.reason = error == cudaSuccess ? SEMD_CUDA_NO_DEVICE : reason_of(error, status.driver_version);
    return;
  }
  status.devices = count < kMaxDevices ? count : kMaxDevices;
  bool succeeded = false;
  for (int32_t device = status.devices - 1; device >= 0; device--) {
    const semd_cuda_reason reason = test_device(device, status.driver_version);
    found.usable[device] = reason == SEMD_CUDA_AVAILABLE;
    succeeded = succeeded || found.usable[device];
    status.reason = reason;  // if no device can be used, the first one's reason counts
  }
  if (succeeded) status.reason = SEMD_CUDA_AVAILABLE;
}

}  // namespace

void probe(semd_cuda_status* out) {
  Findings& found = findings();
  const std::lock_guard<std::mutex> lock(found.mutex);
  if (!found.made) {
    look(found);
    found.words = last_error();
    found.made = true;
  }
  *out = found.status;
  if (out->reason != SEMD_CUDA_AVAILABLE) fail(found.words.c_str(), nullptr);
}

semd_status device_info(int32_t index, semd_cuda_device* out) {
  Findings& found = findings();
  {
    const std::lock_guard<std::mutex> lock(found.mutex);
    if (index < 0 || index >= found.status.devices) return check(cudaErrorInvalidDevice, "device");
    if (!found.usable[index]) return fail("device", "the self test failed on it");
  }
  const Device* device = nullptr;
  const semd_status status = use_device(index, &device);
  if (status != SEMD_OK) return status;
  *out = semd_cuda_device{};
  std::memcpy(out->name, device->name, sizeof out->name);
  out->major = device->major;
  out->minor = device->minor;
  out->multiprocessors = device->multiprocessors;
  out->total_memory = device->total_memory;
  out->asynchronous_allocation = device->memory_pools;
  return SEMD_OK;
}

}  // namespace semd::cuda
