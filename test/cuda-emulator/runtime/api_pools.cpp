#include <cstdint>
#include <vector>

#include "runtime.h"
#include "settings.h"

namespace cuda_emulator {

struct Pool {
  std::uint64_t release_threshold = 0;
};

}  // namespace cuda_emulator

using namespace cuda_emulator;

namespace {

template <class Body>
cudaError_t threshold_call(cudaMemPoolAttr attribute, Body body) {
  return call([=] {
    if (attribute != cudaMemPoolAttrReleaseThreshold) return cudaErrorInvalidValue;
    body();
    return cudaSuccess;
  });
}

}  // namespace

cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int device) {
  return call([=] {
    static auto* pools = new std::vector<Pool>(static_cast<std::size_t>(settings().devices));
    if (device < 0 || device >= settings().devices) return cudaErrorInvalidDevice;
    if (!settings().pools) return cudaErrorNotSupported;
    *pool = &(*pools)[static_cast<std::size_t>(device)];
    return cudaSuccess;
  });
}

cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t pool, cudaMemPoolAttr attribute, void* value) {
  return threshold_call(attribute, [=] { *static_cast<std::uint64_t*>(value) = pool->release_threshold; });
}

cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t pool, cudaMemPoolAttr attribute, void* value) {
  return threshold_call(attribute, [=] { pool->release_threshold = *static_cast<std::uint64_t*>(value); });
}

cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, std::size_t) {
  return call([] { return cudaSuccess; });
}
