#include "ground.h"

#include <memory>
#include <new>

#include "../../core/ground.h"
#include "../../core/validity.h"
#include "../runtime/capture.h"
#include "../runtime/device.h"
#include "../runtime/errors.h"
#include "../runtime/streams.h"
#include "../runtime/upload.h"
#include "kind.h"

namespace semd::cuda {
namespace {

semd_status to_device(const Package& package, void** out) {
  const OutsideCapture outside;
  semd_status status = check(cudaMalloc(out, package.bytes().size()), "cudaMalloc");
  if (status != SEMD_OK) return status;
  status = upload(*out, package.bytes().data(), package.bytes().size());
  if (status != SEMD_OK) cudaFree(*out);
  return status;
}

}  // namespace

const GroundKind* kind_of(semd_ground_kind kind) {
  switch (kind) {
#define SEMD_CASE(NAME, FILE) \
  case SEMD_##NAME: return &FILE##_kind;
    SEMD_GROUND_KINDS(SEMD_CASE)
#undef SEMD_CASE
  }
  return nullptr;
}

semd_status ground_create(int32_t device, const semd_ground_description* description, semd_ground** out) {
  semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  ::semd_ground* prepared = nullptr;
  status = create_ground(*description, false, &prepared);
  if (status != SEMD_OK) return status;
  const std::unique_ptr<::semd_ground> ground(prepared);
  try {
    auto made = std::make_unique<DeviceGround>();
    made->kind = kind_of(ground->kind);
    if (!made->kind) return SEMD_INVALID_PROBLEM;
    made->device = device;
    made->terms = ground->terms();
    made->view.classes = ground->classes;
    Package package;
    made->kind->describe(*ground, package, made->view);
    status = to_device(package, &made->memory);
    if (status != SEMD_OK) return status;
    package.point_into(made->memory);
    *out = reinterpret_cast<semd_ground*>(made.release());
    return SEMD_OK;
  } catch (const std::bad_alloc&) {
    return SEMD_OUT_OF_MEMORY;
  }
}

semd_status ground_from_distances(int32_t device, void* stream, const semd_ground_description* description,
                                  semd_ground** out) {
  const int32_t classes = description->classes;
  if (!is_class_count(classes) || !is_ground_kind(description->kind) || !(description->exponent > 0)) {
    return SEMD_INVALID_PROBLEM;
  }
  const auto kind = static_cast<semd_ground_kind>(description->kind);
  if (sizes_of(kind, static_cast<size_t>(classes)).distances == 0 || !description->distances) return SEMD_INVALID_PROBLEM;
  semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  std::unique_ptr<DeviceGround> made(new (std::nothrow) DeviceGround());
  if (!made) return SEMD_OUT_OF_MEMORY;
  made->device = device;
  made->terms = classes;
  made->kind = kind_of(kind);
  const int pitch = made->kind->pitch ? made->kind->pitch(classes) : classes;
  const size_t count = static_cast<size_t>(classes) * static_cast<size_t>(pitch);
  const bool with_rests = kind == SEMD_MATRIX && costs_may_cancel(description->offset);
  {
    const OutsideCapture outside;
    status = check(cudaMalloc(&made->memory, (with_rests ? 2 : 1) * count * sizeof(float)), "cudaMalloc");
  }
  if (status != SEMD_OK) return status;
  auto* costs = static_cast<float*>(made->memory);
  made->view.classes = classes;
  float* const rests = with_rests ? costs + count : nullptr;
  made->view.cost = costs;
  made->view.cost_rest = rests;
  made->view.indefinite = description->indefinite != 0;
  status = matrix_costs(device, stream, description->distances, classes, pitch, description->exponent, description->offset,
                        costs, rests);
  if (status == SEMD_OK) status = stream_synchronize(device, stream);
  if (status != SEMD_OK) {
    cudaFree(made->memory);
    return status;
  }
  *out = reinterpret_cast<semd_ground*>(made.release());
  return SEMD_OK;
}

// cudaFree waits for the device, and so for every call that still reads the ground distance.
void ground_destroy(semd_ground* ground) {
  const std::unique_ptr<DeviceGround> dead(reinterpret_cast<DeviceGround*>(ground));
  const OutsideCapture outside;
  if (use_device(dead->device) == SEMD_OK) check(cudaFree(dead->memory), "cudaFree");
}

}  // namespace semd::cuda
