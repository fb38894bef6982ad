// Streams, events and graphs, as declared in the table (squared_emd_cuda.h).
#pragma once

#include "../../include/squared_emd_cuda.h"

namespace semd::cuda {

semd_status stream_create(int32_t device, void** out);
semd_status stream_destroy(int32_t device, void* stream);
semd_status stream_synchronize(int32_t device, void* stream);
semd_status own_stream(int32_t device, void** out);
semd_status stream_captured(int32_t device, void* stream, int32_t* captured);

semd_status event_create(int32_t device, void** out);
semd_status event_destroy(void* event);
semd_status event_record(int32_t device, void* event, void* stream);
semd_status event_wait(int32_t device, void* stream, void* event);
semd_status event_synchronize(void* event);
semd_status event_query(void* event, int32_t* passed);
semd_status event_elapsed(void* begin, void* end, float* milliseconds);

semd_status capture_begin(int32_t device, void* stream);
semd_status capture_end(int32_t device, void* stream, void** graph);
semd_status graph_launch(int32_t device, void* graph, void* stream);
semd_status graph_destroy(void* graph);

}  // namespace semd::cuda
