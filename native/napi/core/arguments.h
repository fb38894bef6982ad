// Arguments of native functions. lib/ has already checked them, with messages for users, but these checks do not rely on it.
#ifndef SQUARED_EMD_NAPI_ARGUMENTS_H
#define SQUARED_EMD_NAPI_ARGUMENTS_H

#include <napi.h>

#include <cstddef>
#include <cstdint>

namespace semd::napi {


// The type of a typed array that Node-API does not know, or of no array: fits the enumeration, but is none of its values.
constexpr auto kNoType = static_cast<napi_typedarray_type>(15);

[[noreturn]] void Refuse(const Napi::CallbackInfo& info, size_t index, const char* expected);

double NumberAt(const Napi::CallbackInfo& info, size_t index);
int64_t IntegerAt(const Napi::CallbackInfo& info, size_t index, double low, double high);
int32_t Int32At(const Napi::CallbackInfo& info, size_t index, int32_t low, int32_t high);
// A number that is a value of an enumeration.
int32_t NameAt(const Napi::CallbackInfo& info, size_t index, bool (*is_one)(int32_t));
bool BooleanAt(const Napi::CallbackInfo& info, size_t index);
// An unsigned 64-bit bigint.
uint64_t BitsAt(const Napi::CallbackInfo& info, size_t index);

// The memory of a typed array, valid until JavaScript runs again, which may detach or resize the array.
struct View {
  napi_typedarray_type type;
  size_t length;
  void* data;

  // Leaves `view` empty unless the value is a typed array.
  static bool Read(napi_env env, napi_value value, View* view);
  size_t ElementSize() const;
  size_t Bytes() const { return length * ElementSize(); }
};

// Whether two pieces of memory have a byte in common.
bool Overlap(const void* a, size_t a_bytes, const void* b, size_t b_bytes);

// A typed array of any type.
View ViewAt(const Napi::CallbackInfo& info, size_t index);

}  // namespace semd::napi

#endif
