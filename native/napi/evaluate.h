#ifndef SQUARED_EMD_NAPI_EVALUATE_H
#define SQUARED_EMD_NAPI_EVALUATE_H

#include <node_api.h>

namespace semd::napi {

// Both take the arguments of call.h; `data` of the callback is the Environment.
// evaluate blocks, reads and writes the arrays in place, and returns undefined.
napi_value Evaluate(napi_env env, napi_callback_info info);

// evaluateAsync copies its inputs and returns a promise that resolves, always, when `numbers` and the outputs are
// written; or undefined if the arguments were refused.
napi_value EvaluateAsync(napi_env env, napi_callback_info info);

}  // namespace semd::napi

#endif
