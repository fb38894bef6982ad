#include "device_array.h"

#include <cstring>
#include <limits>

#include "../../core/validity.h"
#include "../core/arguments.h"
#include "cuda_library.h"
#include "../core/errors.h"
#include "stream_handles.h"

namespace semd::napi {
namespace {

semd_dtype DTypeAt(const Napi::CallbackInfo& info, size_t index) {
  return static_cast<semd_dtype>(NameAt(info, index, is_dtype));
}

size_t LengthAt(const Napi::CallbackInfo& info, size_t index, semd_dtype dtype) {
  const double most = kMaxSafeInteger / static_cast<double>(ElementBytes(dtype));
  return static_cast<size_t>(IntegerAt(info, index, 0, most));
}

Napi::BigInt AddressOf(Napi::Env env, const void* memory) {
  return Napi::BigInt::New(env, static_cast<uint64_t>(reinterpret_cast<uintptr_t>(memory)));
}

// Takes ownership of the memory, even if it throws.
Napi::Value MakeArray(Napi::Env env, const EnvironmentPtr& environment, AllocationPtr allocation, semd_dtype dtype,
                      size_t offset, size_t length) {
  const Allocation::Origin origin = allocation->origin();
  const bool owns = origin == Allocation::Origin::kPool || origin == Allocation::Origin::kPlain;
  const int64_t bytes = owns ? static_cast<int64_t>(allocation->bytes()) : 0;
  auto slot = std::make_shared<ArrayBox::Slot>(ArrayBox::Slot{std::move(allocation)});
  auto box = std::make_unique<ArrayBox>(std::move(slot), dtype, offset, length, false);
  ArrayBox& made = *box;
  const Napi::Value external = MakeHandle(env, environment, std::move(box));
  made.SetExternalBytes(env, bytes);
  return external;
}

}  // namespace

bool TargetKind(semd_dtype dtype, int32_t* kind) {
  switch (dtype) {
#define SEMD_CASE(NAME, Type)   \
  case SEMD_DTYPE_##NAME:       \
    *kind = SEMD_LABELS_##NAME; \
    return true;
    SEMD_DEVICE_LABEL_TYPES(SEMD_CASE)
#undef SEMD_CASE
    case SEMD_DTYPE_FLOAT32:
      *kind = SEMD_DISTRIBUTION_FLOAT32;
      return true;
    case SEMD_DTYPE_FLOAT16:
    case SEMD_DTYPE_BFLOAT16:
      return false;
  }
  return false;
}

ArrayBox& ArrayAt(const Napi::CallbackInfo& info, size_t index, const Environment& environment) {
  auto* box = FindHandle<ArrayBox>(info.Env(), info[index], environment);
  if (!box) Refuse(info, index, "a device array");
  if (box->disposed()) ThrowEmdError(info.Env(), environment, "DISPOSED", "DeviceArray: has been disposed of");
  return *box;
}

Napi::Value AllocateArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const semd_cuda_table& cuda = Cuda(env, *environment);
  const int32_t device = Int32At(info, 0, 0, kMostDevices - 1);
  const semd_dtype dtype = DTypeAt(info, 1);
  const size_t length = LengthAt(info, 2, dtype);
  const StreamPtr stream = StreamAt(info, 3, *environment, device);
  const bool plain = BooleanAt(info, 4);
  RefuseCaptured(env, *environment, *stream, "allocating an array");
  const StreamPtr own = OwnStream(*environment, cuda, device);
  const size_t bytes = length * ElementBytes(dtype);
  void* memory = nullptr;
  Check(env, *environment, cuda, "allocating an array", cuda.allocate(device, stream->raw(), bytes, plain, &memory));
  const auto origin = plain ? Allocation::Origin::kPlain : Allocation::Origin::kPool;
  auto allocation = std::make_shared<Allocation>(origin, memory, bytes, stream, own);
  Check(env, *environment, cuda, "allocating an array", stream->Enqueued());
  return MakeArray(env, environment, std::move(allocation), dtype, 0, length);
}

Napi::Value BorrowArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const semd_cuda_table& cuda = Cuda(env, *environment);
  const uint64_t address = BitsAt(info, 0);
  const int32_t device = Int32At(info, 1, 0, kMostDevices - 1);
  const semd_dtype dtype = DTypeAt(info, 2);
  const size_t length = LengthAt(info, 3, dtype);
  const size_t bytes = length * ElementBytes(dtype);
  void* memory = reinterpret_cast<void*>(static_cast<uintptr_t>(address));
  if (address % ElementBytes(dtype) != 0) {
    throw Napi::RangeError::New(env, "pointer: expected a multiple of the element's " +
                                         std::to_string(ElementBytes(dtype)) + " bytes, received " +
                                         std::to_string(address));
  }
  if (length > 0) {
    int32_t found = -1;
    uint64_t behind = 0;
    Check(env, *environment, cuda, "looking up a pointer", cuda.pointer_device(memory, &found, &behind));
    if (found != device) {
      throw Napi::RangeError::New(env, "pointer: expected memory of GPU " + std::to_string(device) + ", received " +
                                           (found < 0 ? std::string("a pointer to none of a GPU's")
                                                      : "memory of GPU " + std::to_string(found)));
    }
    if (behind < bytes) {
      throw Napi::RangeError::New(env, "length: expected no more than the " + std::to_string(behind) +
                                           " bytes of the allocation from the pointer on, received " +
                                           std::to_string(bytes) + " bytes");
    }
  }
  const StreamPtr own = OwnStream(*environment, cuda, device);
  auto allocation = std::make_shared<Allocation>(Allocation::Origin::kBorrowed, memory, bytes, own, own);
  return MakeArray(env, environment, std::move(allocation), dtype, 0, length);
}

Napi::Value PointerDevice(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const semd_cuda_table& cuda = Cuda(info.Env(), *environment);
  const void* memory = reinterpret_cast<void*>(static_cast<uintptr_t>(BitsAt(info, 0)));
  int32_t device = -1;
  uint64_t behind = 0;
  Check(info.Env(), *environment, cuda, "looking up a pointer", cuda.pointer_device(memory, &device, &behind));
  return Napi::Number::New(info.Env(), device);
}

Napi::Value ViewArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const ArrayBox& array = ArrayAt(info, 0, *environment);
  const double length = static_cast<double>(array.length);
  const auto begin = static_cast<size_t>(IntegerAt(info, 1, 0, length));
  const auto end = static_cast<size_t>(IntegerAt(info, 2, static_cast<double>(begin), length));
  const size_t offset = array.offset + begin * ElementBytes(array.dtype);
  return MakeHandle(info.Env(), environment,
                    std::make_unique<ArrayBox>(array.slot, array.dtype, offset, end - begin, true));
}

Napi::Value DisposeArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  auto* box = FindHandle<ArrayBox>(info.Env(), info[0], *environment);
  if (!box) Refuse(info, 0, "a device array");
  if (box->slot && !box->view) box->slot->allocation.reset();
  box->slot.reset();
  box->SetExternalBytes(info.Env(), 0);
  return info.Env().Undefined();
}

Napi::Value ArrayPointer(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  return AddressOf(info.Env(), ArrayAt(info, 0, *environment).memory());
}

Napi::Value ArrayStream(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Stream& stream = *ArrayAt(info, 0, *environment).allocation()->last_stream();
  void* raw = stream.raw();
  if (!raw) {
    const semd_cuda_table& cuda = stream.cuda();
    Check(info.Env(), *environment, cuda, "looking up a stream", cuda.own_stream(stream.device(), &raw));
  }
  return AddressOf(info.Env(), raw);
}

Napi::Value FillArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const ArrayBox& array = ArrayAt(info, 0, *environment);
  const uint64_t bits = BitsAt(info, 1);
  const StreamPtr stream = StreamAt(info, 2, *environment, array.allocation()->device());
  const semd_cuda_table& cuda = stream->cuda();
  Check(env, *environment, cuda, "fill()", array.allocation()->Use(stream));
  Check(env, *environment, cuda, "fill()",
        cuda.fill(stream->device(), stream->raw(), array.memory(), static_cast<int32_t>(ElementBytes(array.dtype)),
                  bits, array.length));
  Check(env, *environment, cuda, "fill()", stream->Enqueued());
  return env.Undefined();
}

Napi::Value CopyArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const ArrayBox& to = ArrayAt(info, 0, *environment);
  const ArrayBox& from = ArrayAt(info, 1, *environment);
  if (to.bytes() != from.bytes() || to.allocation()->device() != from.allocation()->device()) {
    Refuse(info, 1, "an array of the same size on the same device");
  }
  const StreamPtr stream = StreamAt(info, 2, *environment, to.allocation()->device());
  const semd_cuda_table& cuda = stream->cuda();
  Check(env, *environment, cuda, "copying an array", to.allocation()->Use(stream));
  Check(env, *environment, cuda, "copying an array", from.allocation()->Use(stream));
  Check(env, *environment, cuda, "copying an array",
        cuda.copy(stream->device(), stream->raw(), to.memory(), from.memory(), to.bytes(), SEMD_DEVICE_TO_DEVICE));
  Check(env, *environment, cuda, "copying an array", stream->Enqueued());
  return env.Undefined();
}

Napi::Value WaitForForeign(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  Allocation& allocation = *ArrayAt(info, 0, *environment).allocation();
  const semd_cuda_table& cuda = allocation.own_stream()->cuda();
  void* raw = reinterpret_cast<void*>(static_cast<uintptr_t>(BitsAt(info, 1)));
  Stream foreign(cuda, allocation.device(), Stream::Origin::kForeign, raw);
  Check(env, *environment, cuda, "waiting for a stream", foreign.Enqueued());
  Check(env, *environment, cuda, "waiting for a stream", allocation.own_stream()->WaitFor(foreign));
  return env.Undefined();
}

Napi::Value ExportArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const ArrayBox& array = ArrayAt(info, 0, *environment);
  const Allocation& allocation = *array.allocation();
  const semd_cuda_table& cuda = Cuda(env, *environment);
  uint8_t handle[64] = {};
  uint64_t byte_offset = 0;
  Check(env, *environment, cuda, "ipcHandle()",
        cuda.ipc_export(allocation.device(), array.memory(), handle, &byte_offset));
  auto bytes = Napi::Uint8Array::New(env, sizeof handle);
  std::memcpy(bytes.Data(), handle, sizeof handle);
  Napi::Object out = Napi::Object::New(env);
  out.Set("handle", bytes);
  out.Set("byteOffset", static_cast<double>(byte_offset));
  return out;
}

Napi::Value ImportArray(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const semd_cuda_table& cuda = Cuda(env, *environment);
  const int32_t device = Int32At(info, 0, 0, kMostDevices - 1);
  const semd_dtype dtype = DTypeAt(info, 1);
  const View handle = ViewAt(info, 2);
  if (handle.type != napi_uint8_array || handle.length != 64) Refuse(info, 2, "64 bytes");
  const auto offset = static_cast<size_t>(IntegerAt(info, 3, 0, kMaxSafeInteger));
  const size_t length = LengthAt(info, 4, dtype);
  const size_t bytes = length * ElementBytes(dtype);

  void* memory = nullptr;
  Check(env, *environment, cuda, "fromIpcHandle()",
        cuda.ipc_open(device, static_cast<const uint8_t*>(handle.data), &memory));
  const StreamPtr own = OwnStream(*environment, cuda, device);
  auto allocation = std::make_shared<Allocation>(Allocation::Origin::kIpc, memory, offset + bytes, own, own);
  int32_t found = -1;
  uint64_t behind = 0;
  Check(env, *environment, cuda, "fromIpcHandle()", cuda.pointer_device(memory, &found, &behind));
  if (behind < offset || behind - offset < bytes) {
    throw Napi::RangeError::New(env, "handle.byteLength: expected no more than the allocation's " +
                                         std::to_string(behind) + " bytes, received " + std::to_string(bytes) +
                                         " bytes from byte " + std::to_string(offset) + " on");
  }
  return MakeArray(env, environment, std::move(allocation), dtype, offset, length);
}

}  // namespace semd::napi
