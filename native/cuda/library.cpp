// The table of the library, and the one function that it exports.
#include "centroids.h"
#include "errors.h"
#include "loss.h"
#include "memory.h"
#include "pairwise.h"
#include "probe.h"
#include "streams.h"

#ifdef _WIN32
#define SEMD_EXPORT __declspec(dllexport)
#else
#define SEMD_EXPORT __attribute__((visibility("default")))
#endif

namespace semd::cuda {
namespace {

constexpr semd_cuda_table kTable = {
    SEMD_ABI_VERSION,
    last_error,
    probe,
    device_info,
    allocate,
    release,
    allocate_pinned,
    release_pinned,
    copy,
    fill,
    convert,
    pointer_device,
    stream_create,
    stream_destroy,
    stream_synchronize,
    own_stream,
    stream_captured,
    event_create,
    event_destroy,
    event_record,
    event_wait,
    event_synchronize,
    event_query,
    event_elapsed,
    capture_begin,
    capture_end,
    graph_launch,
    graph_destroy,
    ipc_export,
    ipc_open,
    ipc_close,
    ground_create,
    ground_from_distances,
    ground_destroy,
    loss_enqueue,
    loss_wait,
    accumulate,
    update_centroids,
    class_distances_scratch,
    class_distances,
    pairwise_distances,
};

}  // namespace
}  // namespace semd::cuda

extern "C" SEMD_EXPORT const semd_cuda_table* semd_cuda_library(void) { return &semd::cuda::kTable; }
