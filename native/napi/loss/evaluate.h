#ifndef SQUARED_EMD_NAPI_EVALUATE_H
#define SQUARED_EMD_NAPI_EVALUATE_H

#include <node_api.h>

namespace semd::napi {

// Both take the arguments of call.h; `data` of the callback is the Environment. evaluate blocks, reads and writes the arrays in
// place, and returns undefined. If the ground distance is prepared for a GPU, the arrays go through that GPU, on `stream`; only
// such calls may throw, if the GPU fails.
napi_value Evaluate(napi_env env, napi_callback_info info);

// evaluateAsync copies its inputs and returns a promise that resolves when `numbers` and the outputs have been written, or
// rejects if the GPU fails; it returns undefined if the arguments are refused.
napi_value EvaluateAsync(napi_env env, napi_callback_info info);

}  // namespace semd::napi

#endif
