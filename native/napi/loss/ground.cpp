#include "ground.h"

#include "../../core/ground.h"
#include "../../core/validity.h"
#include "../core/arguments.h"
#include "../gpu/cuda_library.h"
#include "../gpu/device_array.h"
#include "../core/errors.h"
#include "../gpu/stream_handles.h"

namespace semd::napi {
namespace {

// The elements of an argument that must be a typed array of exactly this type and length, or null: then they are null.
const void* Elements(const Napi::CallbackInfo& info, size_t index, napi_typedarray_type type, size_t length) {
  if (info[index].IsNull()) return nullptr;
  const View view = ViewAt(info, index);
  if (view.type != type || view.length != length) Refuse(info, index, "an array of another type or length");
  return view.data;
}

// Takes ownership of a prepared ground distance.
GroundPtr Own(int32_t device, semd_ground* prepared, int32_t classes, Ground::Destroy destroy) {
  std::unique_ptr<semd_ground, Ground::Destroy> owned(prepared, destroy);
  auto ground = std::make_shared<const Ground>(device, prepared, classes, destroy);
  static_cast<void>(owned.release());
  return ground;
}

Napi::Value MakeExternal(Napi::Env env, const EnvironmentPtr& environment, GroundPtr ground, int64_t bytes) {
  auto box = std::make_unique<GroundBox>(std::move(ground));
  GroundBox& made = *box;
  const Napi::Value external = MakeHandle(env, environment, std::move(box));
  made.SetExternalBytes(env, bytes);
  return external;
}

GroundBox& BoxAt(const Napi::CallbackInfo& info, size_t index, const Environment& environment) {
  auto* box = FindHandle<GroundBox>(info.Env(), info[index], environment);
  if (!box) Refuse(info, index, "a ground distance");
  return *box;
}

}  // namespace

Napi::Value CreateGround(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  semd_ground_description description{};
  description.kind = NameAt(info, 0, is_ground_kind);
  description.classes = Int32At(info, 1, kFewestClasses, kMostClasses);
  const size_t classes = static_cast<size_t>(description.classes);
  const Sizes sizes = sizes_of(static_cast<semd_ground_kind>(description.kind), classes);
  description.weights = static_cast<const double*>(Elements(info, 2, napi_float64_array, sizes.weights));
  description.parents = static_cast<const int32_t*>(Elements(info, 3, napi_int32_array, sizes.parents));
  description.distances = static_cast<const float*>(Elements(info, 4, napi_float32_array, sizes.distances));
  if (sizes.parents > 0 && !description.parents) Refuse(info, 3, "the parents of a tree");
  if (sizes.distances > 0 && !description.distances) Refuse(info, 4, "the distances of a matrix");
  description.exponent = NumberAt(info, 5);
  description.offset = NumberAt(info, 6);
  description.indefinite = BooleanAt(info, 7);
  const int32_t device = Int32At(info, 8, Ground::kCpu, kMostDevices - 1);
  const int64_t bytes = IntegerAt(info, 9, 0, kMaxSafeInteger);
  GroundBox* const into = info[10].IsNull() ? nullptr : &BoxAt(info, 10, *environment);

  semd_ground* prepared = nullptr;
  semd_status status = SEMD_OK;
  Ground::Destroy destroy = nullptr;
  if (device == Ground::kCpu) {
    const semd_backend* cpu = semd_cpu_backend();
    destroy = cpu->ground_destroy;
    status = cpu->ground_create(&description, &prepared);
  } else {
    const semd_cuda_table& cuda = Cuda(env, *environment);
    destroy = cuda.ground_destroy;
    status = cuda.ground_create(device, &description, &prepared);
    if (IsCudaFailure(status)) Check(env, *environment, cuda, "preparing the ground distance", status);
  }
  if (status != SEMD_OK) return Napi::Number::New(env, status);
  GroundPtr ground = Own(device, prepared, description.classes, destroy);
  if (!into) return MakeExternal(env, environment, std::move(ground), bytes);
  into->ground = std::move(ground);
  into->SetExternalBytes(env, bytes);
  return info[10];
}

Napi::Value ReleaseGround(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  GroundBox& box = BoxAt(info, 0, *environment);
  box.ground.reset();
  box.SetExternalBytes(info.Env(), 0);
  return info.Env().Undefined();
}

Napi::Value GroundFromDistances(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  semd_ground_description description{};
  description.kind = NameAt(info, 0, is_ground_kind);
  const ArrayBox& distances = ArrayAt(info, 1, *environment);
  description.classes = Int32At(info, 2, kFewestClasses, kMostClasses);
  const size_t classes = static_cast<size_t>(description.classes);
  if (sizes_of(static_cast<semd_ground_kind>(description.kind), classes).distances == 0) Refuse(info, 0, "a kind with distances");
  if (distances.dtype != SEMD_DTYPE_FLOAT32 || distances.length != classes * classes) Refuse(info, 1, "distances");
  description.exponent = NumberAt(info, 3);
  description.offset = NumberAt(info, 4);
  description.indefinite = BooleanAt(info, 5);
  const int32_t device = distances.allocation()->device();
  const StreamPtr stream = StreamAt(info, 6, *environment, device);
  const semd_cuda_table& cuda = stream->cuda();
  const auto require = [&](semd_status status) { Check(env, *environment, cuda, "preparing the ground distance", status); };
  RefuseCaptured(env, *environment, *stream, "preparing the ground distance");
  require(distances.allocation()->Use(stream));
  semd_ground* prepared = nullptr;
  description.distances = reinterpret_cast<const float*>(distances.memory());
  require(cuda.ground_from_distances(device, stream->raw(), &description, &prepared));
  return MakeExternal(env, environment, Own(device, prepared, description.classes, cuda.ground_destroy),
                      static_cast<int64_t>(classes * classes * sizeof(float)));
}

}  // namespace semd::napi
