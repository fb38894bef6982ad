#include "upload.h"

#include "capture.h"
#include "errors.h"

namespace semd::cuda {

semd_status upload(void* to, const void* from, size_t bytes) {
  const OutsideCapture outside;
  cudaStream_t stream = nullptr;
  semd_status status = check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
  if (status != SEMD_OK) return status;
  status = check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream), "cudaMemcpyAsync");
  const semd_status passed = check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  cudaStreamDestroy(stream);
  return status == SEMD_OK ? passed : status;
}

}  // namespace semd::cuda
