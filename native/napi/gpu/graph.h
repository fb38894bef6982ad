// Graphs: work that was captured once and is launched often. lib/gpu/graph.ts has checked the arguments.
#ifndef SQUARED_EMD_NAPI_GRAPH_H
#define SQUARED_EMD_NAPI_GRAPH_H

#include <napi.h>

#include "../core/environment.h"

namespace semd::napi {

// beginCapture(stream)
Napi::Value BeginCapture(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// endCapture(stream): an external
Napi::Value EndCapture(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// launchGraph(graph, stream)
Napi::Value LaunchGraph(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);
// disposeGraph(graph)
Napi::Value DisposeGraph(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
