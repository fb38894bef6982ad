// The costs of a matrix of distances that is in device memory.
#include "../runtime/device.h"
#include "../runtime/elementwise.h"
#include "../runtime/errors.h"
#include "ground.h"
#include "../runtime/streams.h"

namespace semd::cuda {
namespace {

__global__ void __launch_bounds__(kElementwiseThreads, 2)
    matrix_costs_kernel(const float* distances, size_t count, double exponent, double offset, float* costs) {
  const size_t step = static_cast<size_t>(gridDim.x) * kElementwiseThreads;
  for (size_t i = static_cast<size_t>(blockIdx.x) * kElementwiseThreads + threadIdx.x; i < count; i += step) {
    const double distance = distances[i];
    const double power = exponent == 1 ? distance : exponent == 2 ? distance * distance : pow(distance, exponent);
    costs[i] = static_cast<float>(power + offset);
  }
}

}  // namespace

semd_status matrix_costs(int32_t index, void* stream, const float* distances, int32_t classes, double exponent,
                         double offset, float* costs) {
  const Device* device = nullptr;
  const semd_status status = use_device(index, &device);
  if (status != SEMD_OK) return status;
  const auto count = static_cast<size_t>(classes) * static_cast<size_t>(classes);
  const cudaLaunchConfig_t config = elementwise(*device, stream_of(index, stream), count);
  return check(cudaLaunchKernelEx(&config, matrix_costs_kernel, distances, count, exponent, offset, costs), "matrix_costs");
}

}  // namespace semd::cuda
