// Sums of features, centroids and distances on the CPU, in arrays that lib/class-centroids.ts owns; it has checked the
// arguments. Asynchronous calls copy what users can detach, and write to users' arrays when they are done.
#ifndef SQUARED_EMD_NAPI_CLASS_CENTROIDS_H
#define SQUARED_EMD_NAPI_CLASS_CENTROIDS_H

#include <napi.h>

#include "environment.h"

namespace semd::napi {

// accumulate(features, labels, sums, counts, normalize, ignoreIndex | null, later): the first row whose label is no class,
// with nothing added; else -1, or with `later` a promise. Sums and counts must not be touched meanwhile.
Napi::Value Accumulate(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// updateCentroids(sums, counts, centroids, momentum, later): undefined or a promise
Napi::Value UpdateCentroids(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// classDistances(centroids, classes, scale, out, later): undefined or a promise
Napi::Value ClassDistances(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// pairwiseDistances(points, rows, out)
Napi::Value PairwiseDistances(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
