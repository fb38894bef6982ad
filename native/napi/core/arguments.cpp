#include "arguments.h"

#include <cmath>
#include <limits>
#include <string>

namespace semd::napi {

void Refuse(const Napi::CallbackInfo& info, size_t index, const char* expected) {
  throw Napi::TypeError::New(info.Env(), "native code: argument " + std::to_string(index) + ": expected " + expected);
}

double NumberAt(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsNumber()) Refuse(info, index, "a number");
  return info[index].As<Napi::Number>().DoubleValue();
}

int64_t IntegerAt(const Napi::CallbackInfo& info, size_t index, double low, double high) {
  const double value = NumberAt(info, index);
  if (!(value >= low && value <= high) || value != std::floor(value)) Refuse(info, index, "an integer in range");
  return static_cast<int64_t>(value);
}

int32_t Int32At(const Napi::CallbackInfo& info, size_t index, int32_t low, int32_t high) {
  return static_cast<int32_t>(IntegerAt(info, index, low, high));
}

int32_t NameAt(const Napi::CallbackInfo& info, size_t index, bool (*is_one)(int32_t)) {
  const int32_t value = Int32At(info, index, 0, std::numeric_limits<int32_t>::max());
  if (!is_one(value)) Refuse(info, index, "a value of the enumeration");
  return value;
}

bool BooleanAt(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsBoolean()) Refuse(info, index, "a boolean");
  return info[index].As<Napi::Boolean>().Value();
}

uint64_t BitsAt(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsBigInt()) Refuse(info, index, "a bigint");
  bool lossless = false;
  const uint64_t bits = info[index].As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless) Refuse(info, index, "a bigint of 64 bits");
  return bits;
}

bool View::Read(napi_env env, napi_value value, View* view) {
  // Node-API leaves `type` unchanged for types that it does not know.
  *view = View{kNoType, 0, nullptr};
  return napi_get_typedarray_info(env, value, &view->type, &view->length, &view->data, nullptr, nullptr) == napi_ok;
}

size_t View::ElementSize() const {
  switch (type) {
    case napi_int8_array:
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      return 1;
    case napi_int16_array:
    case napi_uint16_array:
      return 2;
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array:
      return 4;
    case napi_float64_array:
    case napi_bigint64_array:
      return 8;
    default:
      return 0;
  }
}

bool Overlap(const void* a, size_t a_bytes, const void* b, size_t b_bytes) {
  const auto a_begin = reinterpret_cast<uintptr_t>(a);
  const auto b_begin = reinterpret_cast<uintptr_t>(b);
  return a_bytes != 0 && b_bytes != 0 && a_begin < b_begin + b_bytes && b_begin < a_begin + a_bytes;
}

View ViewAt(const Napi::CallbackInfo& info, size_t index) {
  View view;
  if (!View::Read(info.Env(), info[index], &view) || view.type == kNoType) Refuse(info, index, "a typed array");
  return view;
}

}  // namespace semd::napi
