// Copies between arrays of JavaScript and device arrays. lib/gpu/device-array.ts has checked types and lengths.
//
// `host` is a typed array with as many bytes as the device array; a Float32Array uploaded to float16 or bfloat16 is converted.
// Blocking copies return when they are done, so that every stream may use the array from then on. Asynchronous ones go through
// page-locked memory and return promises.
#ifndef SQUARED_EMD_NAPI_TRANSFERS_H
#define SQUARED_EMD_NAPI_TRANSFERS_H

#include <napi.h>

#include "../core/environment.h"

namespace semd::napi {

// upload(array, host, stream), uploadAsync(…): `host` has been read when these return
Napi::Value Upload(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
Napi::Value UploadAsync(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// download(array, host, stream), downloadAsync(…): the latter writes `host` on the JavaScript thread, or rejects with a
// RangeError if it has been detached or resized
Napi::Value Download(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
Napi::Value DownloadAsync(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
