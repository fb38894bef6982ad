#ifndef SQUARED_EMD_NAPI_EVALUATE_DEVICE_H
#define SQUARED_EMD_NAPI_EVALUATE_DEVICE_H

#include <node_api.h>

namespace semd::napi {

// Both take the arguments of device_call.h; `data` of the callback is the Environment. They throw, or reject, if the GPU fails.
// evaluateDevice waits for the result, or only enqueues if there is a lossOut; it returns undefined.
napi_value EvaluateDevice(napi_env env, napi_callback_info info);

// evaluateDeviceAsync, which takes no lossOut, enqueues in the order of the calls and returns a promise that resolves when
// `numbers` has been written; it returns undefined if the arguments are refused.
napi_value EvaluateDeviceAsync(napi_env env, napi_callback_info info);

}  // namespace semd::napi

#endif
