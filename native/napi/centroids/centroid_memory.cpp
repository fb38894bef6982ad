#include "centroid_memory.h"

#include <cstring>

#include "../../core/limits.h"
#include "../core/arguments.h"

namespace semd::napi {
namespace {

struct CentroidBox : Handle {
  static constexpr Kind kKind = Kind::kCentroids;

  explicit CentroidBox(std::shared_ptr<CentroidMemory> memory) : Handle(kKind), memory(std::move(memory)) {}

  const std::shared_ptr<CentroidMemory> memory;
};

// Views of the three arrays; the view of an array that is null is empty.
struct Arrays {
  View sums{}, counts{}, centroids{};
};

Arrays ArraysAt(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsArray()) Refuse(info, index, "sums, counts and centroids");
  const auto list = info[index].As<Napi::Array>();
  const auto view = [&](uint32_t place, napi_typedarray_type type) {
    View out{};
    const Napi::Value value = list.Get(place);
    if (!value.IsNull() && (!View::Read(info.Env(), value, &out) || out.type != type)) {
      Refuse(info, index, "sums, counts and centroids");
    }
    return out;
  };
  return {view(0, napi_float64_array), view(1, napi_float64_array), view(2, napi_float32_array)};
}

template <class Number>
void CopyArray(const View& view, Number* ours, size_t count, bool out, const Napi::CallbackInfo& info) {
  if (!view.data && view.length == 0) return;
  if (view.length != count) Refuse(info, 1, "arrays of the same size");
  if (out) {
    std::memcpy(view.data, ours, view.Bytes());
  } else {
    std::memcpy(ours, view.data, view.Bytes());
  }
}

Napi::Value Copy(const Napi::CallbackInfo& info, const Environment& environment, bool out) {
  const Centroids own = OwnCentroidsAt(info, 0, environment);
  const Arrays arrays = ArraysAt(info, 1);
  CopyArray(arrays.sums, own.sums, own.size(), out, info);
  CopyArray(arrays.counts, own.counts, own.memory->counts.size(), out, info);
  CopyArray(arrays.centroids, own.centroids, own.size(), out, info);
  return info.Env().Undefined();
}

}  // namespace

Centroids CentroidsAt(const Napi::CallbackInfo& info, size_t index, const Environment& environment) {
  if (FindHandle<CentroidBox>(info.Env(), info[index], environment)) return OwnCentroidsAt(info, index, environment);
  const Arrays arrays = ArraysAt(info, index);
  const size_t classes = arrays.counts.length, size = arrays.sums.length;
  if (!is_class_count(static_cast<int64_t>(classes)) || size == 0 || size % classes != 0 || arrays.centroids.length != size) {
    Refuse(info, index, "sums, counts and centroids of the same classes and features");
  }
  return {static_cast<int32_t>(classes),
          static_cast<int64_t>(size / classes),
          static_cast<double*>(arrays.sums.data),
          static_cast<double*>(arrays.counts.data),
          static_cast<float*>(arrays.centroids.data),
          nullptr};
}

Centroids OwnCentroidsAt(const Napi::CallbackInfo& info, size_t index, const Environment& environment) {
  const auto* box = FindHandle<CentroidBox>(info.Env(), info[index], environment);
  if (!box) Refuse(info, index, "centroids in native memory");
  CentroidMemory& memory = *box->memory;
  const auto classes = static_cast<int32_t>(memory.counts.size());
  return {classes,
          static_cast<int64_t>(memory.sums.size()) / classes,
          memory.sums.data(),
          memory.counts.data(),
          memory.centroids.data(),
          box->memory};
}

Napi::Value OwnCentroids(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Centroids from = CentroidsAt(info, 0, *environment);
  auto memory = std::make_shared<CentroidMemory>();
  memory->sums.assign(from.sums, from.sums + from.size());
  memory->counts.assign(from.counts, from.counts + from.classes);
  memory->centroids.assign(from.centroids, from.centroids + from.size());
  auto box = std::make_unique<CentroidBox>(std::move(memory));
  CentroidBox& made = *box;
  const Napi::Value external = MakeHandle(info.Env(), environment, std::move(box));
  made.SetExternalBytes(info.Env(), static_cast<int64_t>(from.size() * (sizeof(double) + sizeof(float))));
  return external;
}

Napi::Value ReadCentroids(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  return Copy(info, *environment, true);
}

Napi::Value WriteCentroids(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  return Copy(info, *environment, false);
}

}  // namespace semd::napi
