// Sums of features, centroids and distances on the CPU; lib/learned/class-centroids.ts has checked the arguments. `store` is as
// in centroid_memory.h. If `later` is true, it must be native memory: the call then returns a promise, nobody may touch the
// store until it is done, features and labels are copied, and `out` is written on the JavaScript thread.
#ifndef SQUARED_EMD_NAPI_CLASS_CENTROIDS_H
#define SQUARED_EMD_NAPI_CLASS_CENTROIDS_H

#include <napi.h>

#include "../core/environment.h"

namespace semd::napi {

// accumulate(features, labels, store, normalize, ignoreIndex | null, later): -1 or a promise; or the first row whose label is out
// of range, and nothing is added
Napi::Value Accumulate(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// updateCentroids(store, momentum, later): undefined or a promise
Napi::Value UpdateCentroids(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// classDistances(store, scale, out, later): undefined or a promise
Napi::Value ClassDistances(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// pairwiseDistances(points, rows, out)
Napi::Value PairwiseDistances(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
