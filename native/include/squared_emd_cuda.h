// The C ABI of the CUDA library, which the front opens at run time: one exported function, `semd_cuda_library`, returns
// its table. Streams, events, graphs and device memory are opaque here, so that no caller needs CUDA's headers.
//
// Every function sets the device it needs and does not restore the previous one. A null stream is the package's own stream of
// the device. After SEMD_DEVICE_ERROR or SEMD_DEVICE_OUT_OF_MEMORY, last_error() on the same thread says what failed.
#ifndef SQUARED_EMD_CUDA_H
#define SQUARED_EMD_CUDA_H

#include <stddef.h>

#include "squared_emd_centroids.h"

#ifdef __cplusplus
extern "C" {
#endif

// Why there is no GPU to use; the order is that of the checks.
typedef enum {
  SEMD_CUDA_AVAILABLE = 0,
  SEMD_CUDA_NO_DRIVER,
  SEMD_CUDA_DRIVER_TOO_OLD,
  SEMD_CUDA_NO_DEVICE,
  SEMD_CUDA_NO_KERNEL_IMAGE,
  SEMD_CUDA_SELF_TEST_FAILED
} semd_cuda_reason;

typedef struct {
  int32_t reason;           // semd_cuda_reason
  int32_t driver_version;   // 1000 major + 10 minor; 0 without a driver
  int32_t runtime_version;
  int32_t devices;
} semd_cuda_status;

typedef struct {
  char name[256];
  int32_t major, minor;  // compute capability
  int32_t multiprocessors;
  uint64_t total_memory;
  int32_t asynchronous_allocation;  // whether memory pools are supported
} semd_cuda_device;

// The types of class indices that kernels read (SEMD_LABEL_TYPES says to which of them each type is widened).
#define SEMD_DEVICE_LABEL_TYPES(X) X(INT32, int32_t) X(UINT8, uint8_t) X(INT64, int64_t)

// Elements of arrays in device memory, and their bytes. Predictions and gradients have the floating-point types, labels the
// others; int64 also holds the bits of float64.
#define SEMD_FLOAT_TYPES(X) X(FLOAT32, 4) X(FLOAT16, 2) X(BFLOAT16, 2)
#define SEMD_DTYPES(X) SEMD_FLOAT_TYPES(X) X(INT32, 4) X(INT64, 8) X(UINT8, 1)

#define SEMD_FLOAT_TYPE_ENUMERATOR(NAME, BYTES) SEMD_##NAME,
#define SEMD_DTYPE_ENUMERATOR(NAME, BYTES) SEMD_DTYPE_##NAME,
typedef enum { SEMD_FLOAT_TYPES(SEMD_FLOAT_TYPE_ENUMERATOR) } semd_float_type;
typedef enum { SEMD_DTYPES(SEMD_DTYPE_ENUMERATOR) } semd_dtype;  // those of semd_float_type have the same numbers

typedef struct {
  // Pointers are to device memory, `ground` was made by this library for `device`, labels are of SEMD_DEVICE_LABEL_TYPES.
  semd_problem problem;
  int32_t device;
  int32_t float_type;    // of the predictions and the gradient, which `problem` declares as float32
  void* stream;
  float* loss_out;       // device memory, float32[4]: loss, cross entropy, emd, rows; or null
} semd_cuda_problem;

// A batch of features; everything in device memory.
typedef struct {
  int32_t device;
  void* stream;
  int64_t rows, features;
  int32_t classes;
  int32_t normalize;   // semd_feature_norm
  int32_t label_kind;  // semd_targets, of SEMD_DEVICE_LABEL_TYPES
  int32_t has_ignore_index;
  int64_t ignore_index;
  const float* values;    // [rows, features]
  const void* labels;     // [rows]
  double* inverse_norms;  // scratch, [rows]
  double* sums;           // [classes, features]
  double* counts;         // [classes]
  unsigned long long* first_bad_row;  // lowered to the first row whose label is out of range
} semd_cuda_feature_rows;

typedef struct semd_cuda_pending semd_cuda_pending;  // a result on its way back to the host

typedef enum { SEMD_HOST_TO_DEVICE = 0, SEMD_DEVICE_TO_HOST, SEMD_DEVICE_TO_DEVICE } semd_cuda_direction;

typedef struct {
  uint32_t abi_version;
  const char* (*last_error)(void);

  // Looks for driver and devices and runs a tiny kernel on each device, once per process. Never fails: the status has the
  // reason, and last_error() puts it in words. "Available" means that at least one device can be used.
  void (*probe)(semd_cuda_status* out);
  // Fails for a device on which the tiny kernel did not run.
  semd_status (*device_info)(int32_t device, semd_cuda_device* out);

  // Device memory, in stream order; `plain` memory is from cudaMalloc, which IPC needs. 0 bytes give a null pointer.
  semd_status (*allocate)(int32_t device, void* stream, size_t bytes, int32_t plain, void** out);
  semd_status (*release)(int32_t device, void* stream, void* memory, int32_t plain);
  semd_status (*allocate_pinned)(size_t bytes, void** out);
  semd_status (*release_pinned)(void* memory);
  // Enqueues a copy. Host memory must stay valid until the copy is done, unless it is pageable and was read during the call.
  semd_status (*copy)(int32_t device, void* stream, void* to, const void* from, size_t bytes, int32_t direction);
  // Writes `count` elements of `element_bytes` (1, 2, 4 or 8), each the low bytes of `bits`.
  semd_status (*fill)(int32_t device, void* stream, void* memory, int32_t element_bytes, uint64_t bits, size_t count);
  // Rounds float32 on the device to float16 or bfloat16, to nearest even.
  semd_status (*convert)(int32_t device, void* stream, void* to, int32_t float_type, const float* from, size_t count);
  // Where memory is: on a device, or -1 for memory that belongs to none; and how many bytes from there on belong to the same
  // allocation (UINT64_MAX if the driver does not say).
  semd_status (*pointer_device)(const void* memory, int32_t* device, uint64_t* bytes);

  semd_status (*stream_create)(int32_t device, void** out);
  semd_status (*stream_destroy)(int32_t device, void* stream);
  semd_status (*stream_synchronize)(int32_t device, void* stream);
  semd_status (*own_stream)(int32_t device, void** out);  // the package's own; lives as long as the library
  // Whether the stream is being captured, by this library or by anyone else.
  semd_status (*stream_captured)(int32_t device, void* stream, int32_t* captured);

  semd_status (*event_create)(int32_t device, void** out);
  semd_status (*event_destroy)(void* event);
  semd_status (*event_record)(int32_t device, void* event, void* stream);
  semd_status (*event_wait)(int32_t device, void* stream, void* event);  // the stream waits
  semd_status (*event_synchronize)(void* event);
  semd_status (*event_query)(void* event, int32_t* passed);
  semd_status (*event_elapsed)(void* begin, void* end, float* milliseconds);

  semd_status (*capture_begin)(int32_t device, void* stream);
  semd_status (*capture_end)(int32_t device, void* stream, void** graph);  // null and an error if the capture broke
  semd_status (*graph_launch)(int32_t device, void* graph, void* stream);
  semd_status (*graph_destroy)(void* graph);

  semd_status (*ipc_export)(int32_t device, const void* memory, uint8_t handle[64], uint64_t* byte_offset);
  semd_status (*ipc_open)(int32_t device, const uint8_t handle[64], void** out);
  semd_status (*ipc_close)(int32_t device, void* memory);

  semd_status (*ground_create)(int32_t device, const semd_ground_description* description, semd_ground** out);
  // The same for a description whose distances are in device memory, and which has no other arrays. Earlier work on the stream
  // may still be writing them. Waits for the stream, so that every stream may use the ground distance afterwards.
  semd_status (*ground_from_distances)(int32_t device, void* stream, const semd_ground_description* description,
                                       semd_ground** out);
  void (*ground_destroy)(semd_ground* ground);

  // Enqueues loss and gradient. If `pending` is null, nothing is read back (and nothing is allocated or synchronized after the
  // first call on a stream); otherwise *pending must be passed to loss_wait, which frees it.
  semd_status (*loss_enqueue)(const semd_cuda_problem* problem, semd_cuda_pending** pending);
  // Waits, on any thread. SEMD_INVALID_LABEL names the first row whose label is out of range; such rows have become NaN.
  semd_status (*loss_wait)(semd_cuda_pending* pending, semd_result* result);

  // These enqueue; squared_emd_centroids.h says what they compute. Rows whose label is out of range are left out.
  semd_status (*accumulate)(const semd_cuda_feature_rows* rows);
  semd_status (*update_centroids)(int32_t device, void* stream, int64_t features, int32_t classes, double momentum,
                                  double* sums, double* counts, float* centroids);
  // The bytes of `scratch` of class_distances.
  size_t (*class_distances_scratch)(int32_t classes, int32_t scale);
  semd_status (*class_distances)(int32_t device, void* stream, const float* centroids, int32_t classes, int64_t features,
                                 int32_t scale, void* scratch, float* out);
  // Enqueues distances[i] = prior_weight prior[i] + factor distances[i] for `count` numbers, in place; a null prior counts as 0.
  semd_status (*mix_distances)(int32_t device, void* stream, float* distances, size_t count, double factor,
                               const float* prior, double prior_weight);
  // Enqueues the Euclidean distances between all pairs of points, float32 [rows, features], to [rows, rows].
  semd_status (*pairwise_distances)(int32_t device, void* stream, const float* points, int64_t rows, int64_t features,
                                    float* out);
} semd_cuda_table;

// The only export. In a library of another ABI version, what follows `abi_version` may be different.
const semd_cuda_table* semd_cuda_library(void);

#ifdef __cplusplus
}
#endif

#endif
