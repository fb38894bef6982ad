#include "graph.h"

#include "../core/arguments.h"
#include "capture.h"
#include "cuda_library.h"
#include "../core/errors.h"
#include "stream_handles.h"

namespace semd::napi {
namespace {

// Owns the graph, and shares the memory and the ground distances that its work uses. It may be destroyed while it runs: the
// driver defers that, and the memory knows the streams on which the graph was launched.
class CapturedGraph {
 public:
  CapturedGraph(const semd_cuda_table& cuda, int32_t device, void* raw, const Capture& capture)
      : cuda_(cuda), device_(device), raw_(raw), memory_(capture.memory), grounds_(capture.grounds) {}
  CapturedGraph(const CapturedGraph&) = delete;
  CapturedGraph& operator=(const CapturedGraph&) = delete;
  ~CapturedGraph() { cuda_.graph_destroy(raw_); }

  int32_t device() const { return device_; }

  semd_status Launch(const StreamPtr& stream) const {
    for (const AllocationPtr& memory : memory_) {
      const semd_status status = memory->Use(stream);
      if (status != SEMD_OK) return status;
    }
    const semd_status status = cuda_.graph_launch(device_, raw_, stream->raw());
    return status != SEMD_OK ? status : stream->Enqueued();
  }

 private:
  const semd_cuda_table& cuda_;
  const int32_t device_;
  void* const raw_;
  const std::unordered_set<AllocationPtr> memory_;
  const std::unordered_set<std::shared_ptr<const void>> grounds_;
};

struct GraphBox : Handle {
  static constexpr Kind kKind = Kind::kGraph;

  explicit GraphBox(std::unique_ptr<CapturedGraph> graph) : Handle(kKind), graph(std::move(graph)) {}

  std::unique_ptr<CapturedGraph> graph;  // null once it has been disposed of
};

GraphBox& GraphAt(const Napi::CallbackInfo& info, const Environment& environment) {
  auto* box = FindHandle<GraphBox>(info.Env(), info[0], environment);
  if (!box) Refuse(info, 0, "a graph");
  return *box;
}

StreamPtr LiveStream(const Napi::CallbackInfo& info, size_t index, const Environment& environment) {
  const auto* box = FindHandle<StreamBox>(info.Env(), info[index], environment);
  if (!box || !box->stream) Refuse(info, index, "a stream");
  return box->stream;
}

}  // namespace

Napi::Value BeginCapture(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const StreamPtr stream = LiveStream(info, 0, *environment);
  const semd_cuda_table& cuda = stream->cuda();
  RefuseCaptured(env, *environment, *stream, "another capture");
  if (stream->staged_calls > 0) {
    ThrowEmdError(env, *environment, "CAPTURING",
                  "a stream cannot be captured while asynchronous calls on arrays in host memory run on it; await them first");
  }
  Check(env, *environment, cuda, "capturing", stream->Mark());
  auto capture = std::make_shared<Capture>();
  capture->streams.push_back(stream);
  Check(env, *environment, cuda, "capturing", cuda.capture_begin(stream->device(), stream->raw()));
  stream->capture = std::move(capture);
  return env.Undefined();
}

Napi::Value EndCapture(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const StreamPtr stream = LiveStream(info, 0, *environment);
  const std::shared_ptr<Capture> capture = stream->capture;
  if (!capture) Refuse(info, 0, "a stream whose work is being captured");
  const semd_cuda_table& cuda = stream->cuda();
  for (const StreamPtr& part : capture->streams) part->capture.reset();
  void* raw = nullptr;
  Check(env, *environment, cuda, "capturing", cuda.capture_end(stream->device(), stream->raw(), &raw));
  auto graph = std::make_unique<CapturedGraph>(cuda, stream->device(), raw, *capture);
  return MakeHandle(env, environment, std::make_unique<GraphBox>(std::move(graph)));
}

Napi::Value LaunchGraph(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const GraphBox& box = GraphAt(info, *environment);
  if (!box.graph) ThrowEmdError(env, *environment, "DISPOSED", "Graph: has been disposed of");
  const StreamPtr stream = StreamAt(info, 1, *environment, box.graph->device());
  RefuseCaptured(env, *environment, *stream, "launch()");
  Check(env, *environment, stream->cuda(), "launching a graph", box.graph->Launch(stream));
  return env.Undefined();
}

Napi::Value DisposeGraph(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  GraphAt(info, *environment).graph.reset();
  return info.Env().Undefined();
}

}  // namespace semd::napi
