// Where the sums, counts and centroids of a ClassCentroids are.
//
// JavaScript's arrays hold them until the first asynchronous call. From then on they are in native memory, as worker threads
// work on nothing else: a `CentroidMemory`, shared by JavaScript's external and the call in flight. (Not from the beginning, as
// the garbage collector frees arrays at once, but externals only when the event loop turns.)
#ifndef SQUARED_EMD_NAPI_CENTROID_MEMORY_H
#define SQUARED_EMD_NAPI_CENTROID_MEMORY_H

#include <napi.h>

#include <memory>
#include <vector>

#include "../core/handle.h"

namespace semd::napi {

struct CentroidMemory {
  std::vector<double> sums;      // [classes, features]
  std::vector<double> counts;    // [classes]
  std::vector<float> centroids;  // [classes, features]
};

// Borrows from JavaScript's arrays, or shares native memory.
struct Centroids {
  int32_t classes;
  int64_t features;
  double* sums;
  double* counts;
  float* centroids;
  std::shared_ptr<CentroidMemory> memory;  // null: borrowed from JavaScript's arrays

  size_t size() const { return static_cast<size_t>(classes) * static_cast<size_t>(features); }
};

// An argument that is an external made by `ownCentroids`, or an array [sums, counts, centroids].
Centroids CentroidsAt(const Napi::CallbackInfo& info, size_t index, const Environment& environment);
// An argument that must be an external made by `ownCentroids`.
Centroids OwnCentroidsAt(const Napi::CallbackInfo& info, size_t index, const Environment& environment);

// ownCentroids([sums, counts, centroids]): an external that holds copies
Napi::Value OwnCentroids(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// readCentroids(external, [sums, counts, centroids]), writeCentroids(…): arrays that are null are left out
Napi::Value ReadCentroids(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
Napi::Value WriteCentroids(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
