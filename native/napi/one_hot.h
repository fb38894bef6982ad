// One-hot labels of adapters.
#ifndef SQUARED_EMD_NAPI_ONE_HOT_H
#define SQUARED_EMD_NAPI_ONE_HOT_H

#include <napi.h>

#include "environment.h"

namespace semd::napi {

// oneHotIndices(values, indices, threads): fills `indices` [rows] from float32 [rows, classes] and returns true; false: a row
// is not one-hot. 0 threads: the default.
Napi::Value OneHotIndices(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
