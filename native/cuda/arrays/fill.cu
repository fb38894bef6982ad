// Fills an array with one value. It takes a kernel, as the runtime's own functions set bytes only.
#include "../runtime/elementwise.h"
#include "../runtime/errors.h"
#include "../runtime/memory.h"

namespace semd::cuda {
namespace {

template <class Element>
__global__ void fill_kernel(Element* memory, Element value, size_t count) {
  const size_t stride = static_cast<size_t>(gridDim.x) * blockDim.x;
  for (size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += stride) memory[i] = value;
}

template <class Element>
semd_status launch(const cudaLaunchConfig_t& config, void* memory, uint64_t bits, size_t count) {
  const auto value = static_cast<Element>(bits);
  return check(cudaLaunchKernelEx(&config, fill_kernel<Element>, static_cast<Element*>(memory), value, count), "fill");
}

}  // namespace

semd_status fill(int32_t index, void* stream, void* memory, int32_t element_bytes, uint64_t bits, size_t count) {
  const Device* device = nullptr;
  const semd_status status = use_device(index, &device);
  if (status != SEMD_OK || count == 0) return status;
  const cudaLaunchConfig_t config = elementwise(*device, stream_of(index, stream), count);
  switch (element_bytes) {
    case 1: return launch<uint8_t>(config, memory, bits, count);
    case 2: return launch<uint16_t>(config, memory, bits, count);
    case 4: return launch<uint32_t>(config, memory, bits, count);
    case 8: return launch<uint64_t>(config, memory, bits, count);
    default: return SEMD_INVALID_PROBLEM;
  }
}

}  // namespace semd::cuda
