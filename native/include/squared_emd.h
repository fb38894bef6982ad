// The C ABI between the front (Node-API, WebAssembly) and the backends (CPU, CUDA): a loss is a problem description, a backend
// a table of functions that solve it. Plain C types only, so that a backend may live in a library of its own.
#ifndef SQUARED_EMD_H
#define SQUARED_EMD_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SEMD_ABI_VERSION 8

typedef enum {
  SEMD_OK = 0,
  SEMD_INVALID_PROBLEM,        // sizes or enumerations that a caller with checked arguments never sends
  SEMD_INVALID_LABEL,          // `index` is the row, `value` the label
  SEMD_INVALID_CLASS_WEIGHT,   // `index` is the class, `value` the weight
  SEMD_INVALID_SAMPLE_WEIGHT,  // `index` is the row, `value` the weight
  SEMD_OUT_OF_MEMORY,
  SEMD_DEVICE_OUT_OF_MEMORY,
  SEMD_DEVICE_ERROR  // a call of the GPU's driver or runtime failed
} semd_status;

// Enumerations are lists X(NAME, ...), from which the checks (core/validity.h) and every switch over labels are generated.
// They are in the order of their numbers, as in lib/backends/enumerations.ts. The second name of a kind is its file's name.
#define SEMD_GROUND_KINDS(X) X(ORDERED, ordered) X(CIRCULAR, circular) X(TREE, tree) X(MATRIX, matrix) X(ENERGY, energy)
#define SEMD_INPUTS(X) X(LOGITS) X(PROBABILITIES)
#define SEMD_NORMALIZATIONS(X) X(SUM) X(MEAN) X(CLASS_MEAN) X(ROOT_MEAN) X(NIMA)  // within a row, over classes
#define SEMD_REDUCTIONS(X) X(REDUCE_MEAN) X(REDUCE_SUM) X(REDUCE_NONE)            // over rows
// Class indices: their C type, and the type in which the CUDA library takes them.
#define SEMD_LABEL_TYPES(X)   \
  X(INT32, int32_t, INT32)    \
  X(UINT8, uint8_t, UINT8)    \
  X(UINT16, uint16_t, INT32)  \
  X(UINT32, uint32_t, INT64)  \
  X(INT64, int64_t, INT64)    \
  X(INT8, int8_t, INT32)      \
  X(INT16, int16_t, INT32)

#define SEMD_ENUMERATOR(NAME) SEMD_##NAME,
#define SEMD_GROUND_ENUMERATOR(NAME, FILE) SEMD_##NAME,
#define SEMD_LABELS_ENUMERATOR(NAME, TYPE, ON_DEVICE) SEMD_LABELS_##NAME,
typedef enum { SEMD_GROUND_KINDS(SEMD_GROUND_ENUMERATOR) } semd_ground_kind;
typedef enum { SEMD_INPUTS(SEMD_ENUMERATOR) } semd_input;
typedef enum { SEMD_NORMALIZATIONS(SEMD_ENUMERATOR) } semd_normalization;
typedef enum { SEMD_REDUCTIONS(SEMD_ENUMERATOR) } semd_reduction;
typedef enum { SEMD_LABEL_TYPES(SEMD_LABELS_ENUMERATOR) SEMD_DISTRIBUTION_FLOAT32 } semd_targets;

// The description of a ground distance. Its arrays are read during `ground_create` only.
typedef struct {
  int32_t kind;            // semd_ground_kind
  int32_t classes;
  // Positive; null: all 1. The gaps of a line [classes - 1] or circle [classes], or the lengths of the edges from the classes of
  // a tree to their parents [classes], of which the root's is not read.
  const double* weights;
  const int32_t* parents;  // tree [classes]: a class, or -1 for the one root; acyclic
  const float* distances;  // matrix, energy [classes, classes], symmetric, zero diagonal, no negative entry
  double exponent;         // matrix, energy, > 0
  double offset;           // matrix
  int32_t indefinite;      // energy: E may be negative; otherwise an E below 0 is a rounding error, and becomes 0
} semd_ground_description;

typedef struct semd_ground semd_ground;  // prepared by a backend; immutable, may be used by several threads

// Rows are the pairs (outer, inner). Element (o, c, i) of `predictions`, of distributions and of `gradient` is at
// (o * classes + c) * inner + i; the number of row (o, i) in all other arrays is at o * inner + i.
typedef struct {
  int64_t outer;
  int64_t inner;
  int32_t classes;
  int32_t power;          // 1 or 2
  int32_t input;          // semd_input
  int32_t normalization;  // semd_normalization
  int32_t reduction;      // semd_reduction
  int32_t target_kind;    // semd_targets
  int32_t has_ignore_index;
  int32_t threads;  // 0: the backend's default
  int64_t ignore_index;
  double cross_entropy_weight;
  double emd_weight;
  double upstream;  // used where `upstream_rows` is null
  const semd_ground* ground;
  const float* predictions;
  const void* targets;
  const float* class_weights;   // [classes] or null
  const float* sample_weights;  // [rows] or null
  const float* upstream_rows;   // [rows] or null
  float* gradient;              // null, the predictions' own memory, or memory that overlaps no other argument
  float* losses;                // null, or [rows]
} semd_problem;

typedef struct {
  double loss;  // NaN with SEMD_REDUCE_NONE, like the two parts
  double cross_entropy;
  double emd;
  double rows;              // that are not ignored
  double non_finite;        // of those, rows whose loss is NaN or infinite
  double first_non_finite;  // the first such row, or -1
  int64_t index;            // of the offending element, with the statuses that name one
  double value;
} semd_result;

typedef struct {
  uint32_t abi_version;
  semd_status (*ground_create)(const semd_ground_description* description, semd_ground** out);
  void (*ground_destroy)(semd_ground* ground);
  // Checks labels and weights first; writes nothing unless it returns SEMD_OK.
  semd_status (*loss)(const semd_problem* problem, semd_result* result);
} semd_backend;

// The CPU backend, linked into the addon.
const semd_backend* semd_cpu_backend(void);
// Checks labels and weights in host memory as `loss` does, for callers that are about to send them elsewhere. Reads nothing
// else; null targets are not checked.
semd_status semd_cpu_check(const semd_problem* problem, semd_result* result);
// For targets that are distributions: writes to `kinds` [rows] the class that has all mass of a row, -1 for a row of zeros,
// -2 for any other row. Reads nothing but the targets, the sizes and `threads`.
semd_status semd_cpu_row_kinds(const semd_problem* problem, int32_t* kinds);
// The number of threads of calls that do not name one; 0 restores the default, the processors this process may use.
void semd_cpu_set_threads(int32_t threads);
int32_t semd_cpu_threads(void);
// The instruction set in use, and those that this processor has, best last; null past the end.
const char* semd_cpu_isa(void);
const char* semd_cpu_isa_name(int32_t index);
// The value of the environment variable SQUARED_EMD_ISA if it is none of those names; else null.
const char* semd_cpu_refused_isa(void);
// For benchmarks: executes at least `count` float32 multiply-adds on the calling thread, with the instruction set of the
// kernels, limited only by the processor's arithmetic units. Returns how many.
int64_t semd_cpu_multiply_adds(int64_t count);

#ifdef __cplusplus
}
#endif

#endif
