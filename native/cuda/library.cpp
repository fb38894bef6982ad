// The library's table, and the one function that it exports.
#include "../core/no_throw.h"
#include "features/centroids.h"
#include "runtime/errors.h"
#include "grounds/ground.h"
#include "loss/loss.h"
#include "runtime/memory.h"
#include "features/pairwise.h"
#include "runtime/probe.h"
#include "runtime/streams.h"

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
    not_throwing<probe>,
    not_throwing<device_info>,
    not_throwing<allocate>,
    not_throwing<release>,
    not_throwing<allocate_pinned>,
    not_throwing<release_pinned>,
    not_throwing<copy>,
    not_throwing<fill>,
    not_throwing<convert>,
    not_throwing<pointer_device>,
    not_throwing<stream_create>,
    not_throwing<stream_destroy>,
    not_throwing<stream_synchronize>,
    not_throwing<own_stream>,
    not_throwing<stream_captured>,
    not_throwing<event_create>,
    not_throwing<event_destroy>,
    not_throwing<event_record>,
    not_throwing<event_wait>,
    not_throwing<event_synchronize>,
    not_throwing<event_query>,
    not_throwing<event_elapsed>,
    not_throwing<capture_begin>,
    not_throwing<capture_end>,
    not_throwing<graph_launch>,
    not_throwing<graph_destroy>,
    not_throwing<ipc_export>,
    not_throwing<ipc_open>,
    not_throwing<ipc_close>,
    not_throwing<ground_create>,
    not_throwing<ground_from_distances>,
    not_throwing<ground_destroy>,
    not_throwing<loss_enqueue>,
    not_throwing<loss_wait>,
    not_throwing<accumulate>,
    not_throwing<update_centroids>,
    class_distances_scratch,
    not_throwing<class_distances>,
    not_throwing<mix_distances>,
    not_throwing<pairwise_distances>,
};

}  // namespace
}  // namespace semd::cuda

extern "C" SEMD_EXPORT const semd_cuda_table* semd_cuda_library(void) { return &semd::cuda::kTable; }
