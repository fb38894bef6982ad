#include "errors.h"

#include <cstdio>

namespace semd::cuda {
namespace {

thread_local char words[512] = "";

}  // namespace

semd_status check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return SEMD_OK;
  std::snprintf(words, sizeof words, "%s: %s (%s)", what, cudaGetErrorString(error), cudaGetErrorName(error));
  (void)cudaGetLastError();
  return error == cudaErrorMemoryAllocation ? SEMD_DEVICE_OUT_OF_MEMORY : SEMD_DEVICE_ERROR;
}

semd_status fail(const char* what, const char* detail) {
  std::snprintf(words, sizeof words, "%s%s%s", what, detail ? ": " : "", detail ? detail : "");
  return SEMD_DEVICE_ERROR;
}

const char* last_error() { return words; }

}  // namespace semd::cuda
