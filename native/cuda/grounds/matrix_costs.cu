// The costs D_ij^exponent + offset of a matrix of distances that is in device memory.
#include "../runtime/device.h"
#include "../runtime/elementwise.h"
#include "../runtime/errors.h"
#include "ground.h"
#include "../runtime/streams.h"

namespace semd::cuda {
namespace {

__global__ void __launch_bounds__(kElementwiseThreads, 2)
    matrix_costs_kernel(const float* distances, int classes, int pitch, double exponent, double offset, float* costs,
                        float* rests) {
  for (int64_t row = blockIdx.x; row < classes; row += gridDim.x) {
    for (int i = static_cast<int>(threadIdx.x); i < pitch; i += kElementwiseThreads) {
      const double distance = i < classes ? distances[row * classes + i] : 0;
      const double power = exponent == 1 ? distance : exponent == 2 ? distance * distance : pow(distance, exponent);
      const double exact = i < classes ? power + offset : 0;
      const float cost = static_cast<float>(exact);
      costs[row * pitch + i] = cost;
      if (rests) rests[row * pitch + i] = static_cast<float>(exact - cost);
    }
  }
}

}  // namespace

semd_status matrix_costs(int32_t index, void* stream, const float* distances, int32_t classes, int32_t pitch, double exponent,
                         double offset, float* costs, float* rests) {
  const Device* device = nullptr;
  const semd_status status = use_device(index, &device);
  if (status != SEMD_OK) return status;
  const cudaLaunchConfig_t config = striding(*device, stream_of(index, stream), static_cast<size_t>(classes), 0);
  return check(cudaLaunchKernelEx(&config, matrix_costs_kernel, distances, classes, pitch, exponent, offset, costs, rests),
               "matrix_costs");
}

}  // namespace semd::cuda
