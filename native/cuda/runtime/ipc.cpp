// Shares device memory of one process with another.
#include <cuda_runtime.h>

#include <cstring>

#include "address_range.h"
#include "capture.h"
#include "device.h"
#include "errors.h"
#include "memory.h"

namespace semd::cuda {

static_assert(sizeof(cudaIpcMemHandle_t) == 64, "the size of a handle is part of the ABI");

semd_status ipc_export(int32_t device, const void* memory, uint8_t handle[64], uint64_t* byte_offset) {
  semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  const OutsideCapture outside;
  cudaIpcMemHandle_t exported{};
  status = check(cudaIpcGetMemHandle(&exported, const_cast<void*>(memory)), "cudaIpcGetMemHandle");
  if (status != SEMD_OK) return status;
  // The handle stands for the whole allocation.
  AddressRange range{};
  if (!address_range(memory, &range)) return fail("cuMemGetAddressRange", "the allocation is unknown");
  *byte_offset = reinterpret_cast<uint64_t>(memory) - range.base;
  std::memcpy(handle, &exported, sizeof exported);
  return SEMD_OK;
}

semd_status ipc_open(int32_t device, const uint8_t handle[64], void** out) {
  *out = nullptr;
  const semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  const OutsideCapture outside;
  cudaIpcMemHandle_t imported;
  std::memcpy(&imported, handle, sizeof imported);
  return check(cudaIpcOpenMemHandle(out, imported, cudaIpcMemLazyEnablePeerAccess), "cudaIpcOpenMemHandle");
}

semd_status ipc_close(int32_t device, void* memory) {
  const semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  const OutsideCapture outside;
  return check(cudaIpcCloseMemHandle(memory), "cudaIpcCloseMemHandle");
}

}  // namespace semd::cuda
