// What rows of distributions are, for adapters that work with class indices.
#ifndef SQUARED_EMD_NAPI_ROW_KINDS_H
#define SQUARED_EMD_NAPI_ROW_KINDS_H

#include <napi.h>

#include "../core/environment.h"

namespace semd::napi {

// rowKinds(values, kinds, threads): fills `kinds` [rows] from float32 [rows, classes]: the class that has all of a row's mass,
// -1 for a row of zeros, -2 for other rows. 0 threads: the default.
Napi::Value FindRowKinds(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
