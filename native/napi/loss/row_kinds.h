// The kinds of rows of distributions, for adapters that work with class indices.
#ifndef SQUARED_EMD_NAPI_ROW_KINDS_H
#define SQUARED_EMD_NAPI_ROW_KINDS_H

#include <napi.h>

#include "../core/environment.h"

namespace semd::napi {

// rowKinds(values, kinds, threads): for float32 `values` [rows, classes], fills `kinds` [rows] with the class that has all mass
// of a row, -1 for a row of zeros, -2 for other rows. `threads` may be 0 for the default.
Napi::Value FindRowKinds(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
