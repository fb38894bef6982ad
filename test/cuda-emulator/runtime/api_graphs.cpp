#include <set>

#include "captures.h"

using namespace cuda_emulator;

namespace {

template <class Handle>
std::set<Handle*>& known() {
  static auto* handles = new std::set<Handle*>;
  return *handles;
}

template <class Handle>
cudaError_t destroy(Handle* handle) {
  return call([=] {
    if (known<Handle>().erase(handle) == 0) return cudaErrorInvalidValue;
    delete handle;
    return cudaSuccess;
  });
}

}  // namespace

cudaError_t cudaStreamEndCapture(cudaStream_t handle, cudaGraph_t* graph) {
  return call([=] {
    Stream* stream = find_stream(handle);
    if (!stream) return cudaErrorInvalidResourceHandle;
    const cudaError_t error = end_capture(*stream, graph);
    if (*graph) known<Graph>().insert(*graph);
    return error;
  });
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
  return call([=] {
    if (known<Graph>().count(graph) == 0) return cudaErrorInvalidValue;
    *executable = new GraphExecutable{host_thread().device, graph->nodes, nullptr};
    known<GraphExecutable>().insert(*executable);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t handle) {
  return call([=] {
    Stream* stream = find_stream(handle);
    if (!stream) return cudaErrorInvalidResourceHandle;
    if (known<GraphExecutable>().count(executable) == 0) return cudaErrorInvalidValue;
    const auto operation = std::make_shared<GraphOperation>(executable->device, executable->nodes);
    if (stream->capture) return enqueue(*stream, operation);
    if (executable->last && !executable->last->done) operation->after.push_back(executable->last);
    executable->last = operation;
    return enqueue(*stream, operation);
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return destroy(graph); }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) { return destroy(executable); }
