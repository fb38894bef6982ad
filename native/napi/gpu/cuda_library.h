// The CUDA library: found beside the addon, opened once per process, and never closed.
#ifndef SQUARED_EMD_NAPI_CUDA_LIBRARY_H
#define SQUARED_EMD_NAPI_CUDA_LIBRARY_H

#include <napi.h>

#include <string>

#include "../../include/squared_emd_cuda.h"
#include "../core/environment.h"

namespace semd::napi {

struct CudaLibrary {
  const semd_cuda_table* table = nullptr;
  // Why there is no table: 'disabled', 'not-built', 'load-failed' or 'abi-mismatch', and what the system said.
  const char* reason = nullptr;
  std::string detail;
};

// It is not opened if the environment variable SQUARED_EMD_CUDA is 0 (or false, off, no); SQUARED_EMD_CUDA_LIBRARY names another
// file to open.
const CudaLibrary& TheCudaLibrary();

// Its table. Throws an EmdError if there is none.
const semd_cuda_table& Cuda(Napi::Env env, const Environment& environment);

// refusedCuda(): the value of SQUARED_EMD_CUDA if it means nothing; else null.
Napi::Value RefusedCuda(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

// cudaStatus(): { reason, detail, driverVersion, runtimeVersion, devices }. `reason` is null if GPUs can be used, versions are
// 1000 major + 10 minor, and a device is { index, name, major, minor, totalMemory, multiprocessors }.
Napi::Value CudaStatus(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
