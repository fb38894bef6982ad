// The CUDA library: found beside the addon, opened once in a process, and never closed.
#ifndef SQUARED_EMD_NAPI_CUDA_LIBRARY_H
#define SQUARED_EMD_NAPI_CUDA_LIBRARY_H

#include <napi.h>

#include <string>

#include "../../include/squared_emd_cuda.h"
#include "../core/environment.h"

namespace semd::napi {

struct CudaLibrary {
  const semd_cuda_table* table = nullptr;
  // Without a table, why: 'disabled', 'not-built', 'load-failed' or 'abi-mismatch', and what the system said.
  const char* reason = nullptr;
  std::string detail;
};

// The environment variable SQUARED_EMD_CUDA=0 (or false, off, no) keeps it from being opened; SQUARED_EMD_CUDA_LIBRARY names
// another file.
const CudaLibrary& TheCudaLibrary();

// Its table. Throws an EmdError where there is none.
const semd_cuda_table& Cuda(Napi::Env env, const Environment& environment);

// refusedCuda(): what SQUARED_EMD_CUDA says if it is no switch; else null.
Napi::Value RefusedCuda(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

// cudaStatus(): { reason, detail, driverVersion, runtimeVersion, devices }; `reason` is null where GPUs can be used,
// versions are 1000 major + 10 minor, and a device is { index, name, major, minor, totalMemory, multiprocessors }.
Napi::Value CudaStatus(const Napi::CallbackInfo& info, const EnvironmentPtr& environment);

}  // namespace semd::napi

#endif
