// Copies between arrays of JavaScript and device arrays. lib/gpu/device-array.ts has checked types and lengths.
//
// `host` is a typed array of the device array's bytes; a Float32Array for float16 or bfloat16 is converted on its way
// up. The blocking copies return when the stream has passed them, so that every stream may use the array from then on.
// The asynchronous ones go through page-locked memory, and return promises.
#ifndef SQUARED_EMD_NAPI_TRANSFERS_H
#define SQUARED_EMD_NAPI_TRANSFERS_H

#include <napi.h>

#include "../core/environment.h"

namespace semd::napi {

// upload(array, host, stream), uploadAsync(…): `host` has been read when they return
Napi::Value Upload(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
Napi::Value UploadAsync(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// download(array, host, stream), downloadAsync(…): the latter writes `host` on the JavaScript thread, or rejects with a
// RangeError if it was detached or resized
Napi::Value Download(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
Napi::Value DownloadAsync(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
