#include "ground.h"

#include <cmath>
#include <new>

namespace semd::napi {
namespace {

[[noreturn]] void Refuse(Napi::Env env, const char* what) {
  throw Napi::TypeError::New(env, std::string("createGround: ") + what);
}

double Number(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsNumber()) Refuse(info.Env(), "expected a number");
  return info[index].As<Napi::Number>().DoubleValue();
}

int32_t Integer(const Napi::CallbackInfo& info, size_t index, int32_t low, int32_t high) {
  const double value = Number(info, index);
  if (!(value >= low && value <= high) || value != std::floor(value)) Refuse(info.Env(), "integer out of range");
  return static_cast<int32_t>(value);
}

// The elements of a typed array of just this type and length; null for null.
const void* Elements(const Napi::CallbackInfo& info, size_t index, napi_typedarray_type type, size_t length) {
  const Napi::Value value = info[index];
  if (value.IsNull()) return nullptr;
  napi_typedarray_type actual = napi_int8_array;  // taken for nothing here, should Node-API not know the type
  size_t count = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(info.Env(), value, &actual, &count, &data, nullptr, nullptr) != napi_ok ||
      actual != type || count != length) {
    Refuse(info.Env(), "array of the wrong type or length");
  }
  return data;
}

// Roughly what a ground distance holds outside the JavaScript heap, so that the collector sees it.
int64_t Weight(const semd_ground_description& description) {
  const int64_t classes = description.classes;
  return description.kind == SEMD_MATRIX ? classes * classes * 4 : classes * 24;
}

}  // namespace

Napi::Value CreateGround(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  semd_ground_description description{};
  description.kind = Integer(info, 0, SEMD_ORDERED, SEMD_MATRIX);
  description.classes = Integer(info, 1, 2, 1 << 24);
  const size_t classes = static_cast<size_t>(description.classes);
  switch (description.kind) {
    case SEMD_ORDERED:
      description.gaps = static_cast<const double*>(Elements(info, 2, napi_float64_array, classes - 1));
      break;
    case SEMD_CIRCULAR:
      description.gaps = static_cast<const double*>(Elements(info, 2, napi_float64_array, classes));
      break;
    case SEMD_TREE:
      description.lengths = static_cast<const double*>(Elements(info, 2, napi_float64_array, classes));
      description.parents = static_cast<const int32_t*>(Elements(info, 3, napi_int32_array, classes));
      if (!description.parents) Refuse(env, "a tree needs parents");
      break;
    default:
      description.distances = static_cast<const float*>(Elements(info, 4, napi_float32_array, classes * classes));
      if (!description.distances) Refuse(env, "a matrix needs distances");
      break;
  }
  description.exponent = Number(info, 5);
  description.offset = Number(info, 6);

  const semd_backend* backend = semd_cpu_backend();
  semd_ground* prepared = nullptr;
  const semd_status status = backend->ground_create(&description, &prepared);
  if (status != SEMD_OK) return Napi::Number::New(env, status);
  auto ground = std::make_shared<const Ground>(backend, prepared, description.classes);

  auto box = std::make_unique<GroundBox>(GroundBox{environment, std::move(ground)});
  environment->grounds.insert(box.get());
  const int64_t weight = Weight(description);
  Napi::Value external;
  try {
    external = Napi::External<GroundBox>::New(env, box.get(), [weight](Napi::Env env, GroundBox* dead) {
      dead->environment->grounds.erase(dead);
      delete dead;
      Napi::MemoryManagement::AdjustExternalMemory(env, -weight);
    });
  } catch (...) {
    environment->grounds.erase(box.get());
    throw;
  }
  box.release();
  Napi::MemoryManagement::AdjustExternalMemory(env, weight);
  return external;
}

const GroundBox* FindGround(napi_env env, napi_value value, const Environment& environment) {
  void* data = nullptr;
  if (napi_get_value_external(env, value, &data) != napi_ok) return nullptr;
  const auto found = environment.grounds.find(static_cast<const GroundBox*>(data));
  return found == environment.grounds.end() ? nullptr : *found;
}

}  // namespace semd::napi
