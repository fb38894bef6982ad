// Converts float32 to the half-precision types.
#include "../block/elements.cuh"
#include "../runtime/elementwise.h"
#include "../runtime/errors.h"
#include "../runtime/memory.h"

namespace semd::cuda {
namespace {

template <class Element>
__global__ void convert_kernel(Element* to, const float* from, size_t count) {
  const size_t stride = static_cast<size_t>(gridDim.x) * blockDim.x;
  for (size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += stride) {
    from_float(from[i], to[i]);
  }
}

template <class Element>
semd_status launch(const cudaLaunchConfig_t& config, void* to, const float* from, size_t count) {
  return check(cudaLaunchKernelEx(&config, convert_kernel<Element>, static_cast<Element*>(to), from, count), "convert");
}

}  // namespace

semd_status convert(int32_t index, void* stream, void* to, int32_t float_type, const float* from, size_t count) {
  const Device* device = nullptr;
  const semd_status status = use_device(index, &device);
  if (status != SEMD_OK || count == 0) return status;
  const cudaLaunchConfig_t config = elementwise(*device, stream_of(index, stream), count);
  switch (static_cast<semd_float_type>(float_type)) {
    case SEMD_FLOAT32: break;  // nothing to convert
    case SEMD_FLOAT16: return launch<__half>(config, to, from, count);
    case SEMD_BFLOAT16: return launch<__nv_bfloat16>(config, to, from, count);
  }
  return SEMD_INVALID_PROBLEM;
}

}  // namespace semd::cuda
