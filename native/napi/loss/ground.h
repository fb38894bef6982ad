// Ground distances, as JavaScript holds them.
//
// A `Ground` owns what a backend has prepared: the CPU's, or the CUDA library's for one device. The external that JavaScript
// holds (its `GroundBox`), every asynchronous call in flight and every graph share it; the last of them destroys the backend's
// part, on any thread. JavaScript may release its share at any time and fill the external again, as what it holds would
// otherwise stay until the event loop turns.
#ifndef SQUARED_EMD_NAPI_GROUND_H
#define SQUARED_EMD_NAPI_GROUND_H

#include <napi.h>

#include <memory>

#include "../../include/squared_emd_cuda.h"
#include "../core/handle.h"

namespace semd::napi {

struct Ground {
  using Destroy = void (*)(semd_ground* prepared);

  static constexpr int32_t kCpu = -1;

  const int32_t device;  // or kCpu
  semd_ground* const prepared;
  const int32_t classes;

  Ground(int32_t device, semd_ground* prepared, int32_t classes, Destroy destroy)
      : device(device), prepared(prepared), classes(classes), destroy_(destroy) {}
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  ~Ground() { destroy_(prepared); }

 private:
  const Destroy destroy_;
};

using GroundPtr = std::shared_ptr<const Ground>;

struct GroundBox : Handle {
  static constexpr Kind kKind = Kind::kGround;

  explicit GroundBox(GroundPtr ground) : Handle(kKind), ground(std::move(ground)) {}

  GroundPtr ground;  // null once released
};

// createGround(kind, classes, weights, parents, distances, exponent, offset, indefinite, device, bytes, into): an external, or a
// semd_status. `weights`: Float64Array, the gaps (ordered, circular) or edge lengths (tree), or null; `parents`:
// Int32Array for a tree; `distances`: Float32Array (matrix, energy); `device`: a GPU, or -1 for the CPU; `bytes`: how much memory
// the garbage collector is told that it holds; `into`: the external to fill, or null.
Napi::Value CreateGround(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

// releaseGround(external)
Napi::Value ReleaseGround(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

// groundFromDistances(kind, distances, classes, exponent, offset, indefinite, stream | null): an external; a matrix or an energy
// whose distances are a float32 device array.
Napi::Value GroundFromDistances(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
