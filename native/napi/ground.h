// Ground distances, as JavaScript holds them.
//
// A `Ground` owns what the backend prepared. The external that JavaScript holds (its `GroundBox`) and every
// asynchronous call in flight share it; the backend's part is destroyed with the last of them, on whichever thread.
#ifndef SQUARED_EMD_NAPI_GROUND_H
#define SQUARED_EMD_NAPI_GROUND_H

#include <napi.h>

#include <memory>

#include "../squared_emd.h"
#include "environment.h"

namespace semd::napi {

struct Ground {
  const semd_backend* backend;
  semd_ground* prepared;
  int32_t classes;

  Ground(const semd_backend* backend, semd_ground* prepared, int32_t classes)
      : backend(backend), prepared(prepared), classes(classes) {}
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  ~Ground() { backend->ground_destroy(prepared); }
};

struct GroundBox {
  EnvironmentPtr environment;
  std::shared_ptr<const Ground> ground;
};

// createGround(kind, classes, weights, parents, distances, exponent, offset): an external, or a semd_status.
// `weights`: Float64Array, the gaps (ordered, circular) or edge lengths (tree), or null; `parents`: Int32Array for a
// tree; `distances`: Float32Array for a matrix.
Napi::Value CreateGround(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

// The ground distance behind a value, or null if it is none of ours.
const GroundBox* FindGround(napi_env env, napi_value value, const Environment& environment);

}  // namespace semd::napi

#endif
