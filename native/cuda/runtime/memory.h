// Device memory and pinned memory, as declared in the table (squared_emd_cuda.h).
#pragma once

#include "../../include/squared_emd_cuda.h"

namespace semd::cuda {

// memory.cpp
semd_status allocate(int32_t device, void* stream, size_t bytes, int32_t plain, void** out);
semd_status release(int32_t device, void* stream, void* memory, int32_t plain);
semd_status allocate_pinned(size_t bytes, void** out);
semd_status release_pinned(void* memory);
semd_status copy(int32_t device, void* stream, void* to, const void* from, size_t bytes, int32_t direction);
semd_status pointer_device(const void* memory, int32_t* device, uint64_t* bytes);

// arrays/fill.cu and arrays/convert.cu
semd_status fill(int32_t device, void* stream, void* memory, int32_t element_bytes, uint64_t bits, size_t count);
semd_status convert(int32_t device, void* stream, void* to, int32_t float_type, const float* from, size_t count);

// ipc.cpp
semd_status ipc_export(int32_t device, const void* memory, uint8_t handle[64], uint64_t* byte_offset);
semd_status ipc_open(int32_t device, const uint8_t handle[64], void** out);
semd_status ipc_close(int32_t device, void* memory);

}  // namespace semd::cuda
