#include "runtime.h"

using namespace cuda_emulator;

const char* cudaGetErrorName(cudaError_t error) {
  switch (error) {
#define CUDA_EMULATOR_ERROR(name, number, text) \
  case name:                                    \
    return #name;
    CUDA_EMULATOR_ERRORS(CUDA_EMULATOR_ERROR)
#undef CUDA_EMULATOR_ERROR
  }
  return "unrecognized error code";
}

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
#define CUDA_EMULATOR_ERROR(name, number, text) \
  case name:                                    \
    return text;
    CUDA_EMULATOR_ERRORS(CUDA_EMULATOR_ERROR)
#undef CUDA_EMULATOR_ERROR
  }
  return "unrecognized error code";
}

cudaError_t cudaPeekAtLastError() { return host_thread().last_error; }

cudaError_t cudaGetLastError() {
  const cudaError_t error = host_thread().last_error;
  host_thread().last_error = cudaSuccess;
  return error;
}
