// Sums of features, centroids and distances on a GPU, in device arrays; these only enqueue. lib/learned/device-centroids.ts and
// lib/learned/pairwise-distances.ts have checked the arguments. Float64 is kept in int64 arrays, whose elements have as many
// bytes.
#ifndef SQUARED_EMD_NAPI_DEVICE_CENTROIDS_H
#define SQUARED_EMD_NAPI_DEVICE_CENTROIDS_H

#include <napi.h>

#include "../core/environment.h"

namespace semd::napi {

// accumulateDevice(features, labels, sums, counts, firstBadRow, normalize, ignoreIndex | null, stream | null)
Napi::Value AccumulateDevice(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// updateCentroidsDevice(sums, counts, centroids, momentum, stream | null)
Napi::Value UpdateCentroidsDevice(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// classDistancesDevice(centroids, classes, scale, out, stream | null)
Napi::Value ClassDistancesDevice(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// mixDistances(distances, factor, prior | null, priorWeight, stream | null), in place
Napi::Value MixDistances(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// pairwiseDistancesDevice(points, rows, out, stream | null)
Napi::Value PairwiseDistancesDevice(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
