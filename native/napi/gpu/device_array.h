// Arrays in device memory, as JavaScript holds them. lib/gpu/device-array.ts has checked the arguments.
//
// A DeviceArray and its views share a `Slot`. Disposing of the array empties the slot, even while there are views; disposing of
// a view only gives up the view's share.
#ifndef SQUARED_EMD_NAPI_DEVICE_ARRAY_H
#define SQUARED_EMD_NAPI_DEVICE_ARRAY_H

#include <napi.h>

#include <memory>

#include "../../include/squared_emd_cuda.h"
#include "allocation.h"
#include "../core/handle.h"

namespace semd::napi {

constexpr size_t ElementBytes(semd_dtype dtype) {
  switch (dtype) {
#define SEMD_CASE(NAME, BYTES) \
  case SEMD_DTYPE_##NAME: return BYTES;
    SEMD_DTYPES(SEMD_CASE)
#undef SEMD_CASE
  }
  return 0;
}

// Sets the kind of targets of this type; false if targets cannot have it.
bool TargetKind(semd_dtype dtype, int32_t* kind);

struct ArrayBox : Handle {
  static constexpr Kind kKind = Kind::kArray;

  struct Slot {
    AllocationPtr allocation;
  };

  ArrayBox(std::shared_ptr<Slot> slot, semd_dtype dtype, size_t offset, size_t length, bool view)
      : Handle(kKind), slot(std::move(slot)), dtype(dtype), offset(offset), length(length), view(view) {}

  bool disposed() const { return !slot || !slot->allocation; }
  size_t bytes() const { return length * ElementBytes(dtype); }
  // Not to be called once it has been disposed of.
  const AllocationPtr& allocation() const { return slot->allocation; }
  char* memory() const { return slot->allocation->memory() + offset; }

  std::shared_ptr<Slot> slot;
  const semd_dtype dtype;
  const size_t offset;  // bytes
  const size_t length;  // elements
  const bool view;
};

// An argument that must be an array that has not been disposed of.
ArrayBox& ArrayAt(const Napi::CallbackInfo& info, size_t index, const Environment& environment);

// allocateArray(device, dtype, length, stream, plain): an external
Napi::Value AllocateArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// borrowArray(pointer, device, dtype, length): an external; RangeError for a pointer to other memory
Napi::Value BorrowArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// pointerDevice(pointer): a device, or -1
Napi::Value PointerDevice(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// viewArray(array, begin, end): an external
Napi::Value ViewArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// disposeArray(array)
Napi::Value DisposeArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// arrayPointer(array): bigint
Napi::Value ArrayPointer(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// arrayStream(array): the handle of the stream that used it last, as bigint
Napi::Value ArrayStream(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// fillArray(array, bits, stream)
Napi::Value FillArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// copyArray(to, from, stream): both of the same dtype and length
Napi::Value CopyArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// waitForForeign(array, handle): the package's own stream waits for the work enqueued on another library's stream
Napi::Value WaitForForeign(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// exportArray(array): { handle, byteOffset }
Napi::Value ExportArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// importArray(device, dtype, handle, byteOffset, length): an external
Napi::Value ImportArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
