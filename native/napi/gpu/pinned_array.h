#ifndef SQUARED_EMD_NAPI_PINNED_ARRAY_H
#define SQUARED_EMD_NAPI_PINNED_ARRAY_H

#include <napi.h>

#include "../core/environment.h"

namespace semd::napi {

// allocatePinned(length): a Float32Array of zeros in page-locked memory, which is released when the array is collected.
Napi::Value AllocatePinned(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
