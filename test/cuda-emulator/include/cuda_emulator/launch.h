// Launches: a kernel with its arguments becomes an object that every thread runs.
#pragma once

#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "host.h"

enum cudaLaunchAttributeID { cudaLaunchAttributeClusterDimension = 4 };

union cudaLaunchAttributeValue {
  char pad[64];
  struct {
    unsigned x, y, z;
  } clusterDim;
};

struct cudaLaunchAttribute {
  cudaLaunchAttributeID id;
  cudaLaunchAttributeValue val;
};

struct cudaLaunchConfig_t {
  dim3 gridDim;
  dim3 blockDim;
  std::size_t dynamicSmemBytes = 0;
  cudaStream_t stream = nullptr;
  cudaLaunchAttribute* attrs = nullptr;  // the dimensions of clusters, no other
  unsigned numAttrs = 0;
};

enum cudaFuncAttribute {
  cudaFuncAttributeMaxDynamicSharedMemorySize = 8,
  cudaFuncAttributePreferredSharedMemoryCarveout = 9,
};

struct cudaFuncAttributes {
  std::size_t sharedSizeBytes;
  std::size_t constSizeBytes;
  std::size_t localSizeBytes;
  int maxThreadsPerBlock;
  int numRegs;
  int ptxVersion;
  int binaryVersion;
  int cacheModeCA;
  int maxDynamicSharedSizeBytes;
  int preferredShmemCarveout;
};

namespace cuda_emulator {

class Kernel {
 public:
  explicit Kernel(const void* function) : function_(function) {}
  virtual ~Kernel() = default;
  virtual void run_thread() const = 0;
  // The arguments that are pointers. They must not point to pageable host memory.
  virtual std::vector<std::pair<int, const void*>> pointers() const = 0;
  const void* function() const { return function_; }

 private:
  const void* function_;
};

template <class... Parameters>
class BoundKernel final : public Kernel {
 public:
  static_assert((std::is_trivially_copyable_v<Parameters> && ...), "a kernel's arguments are copied as bytes");
  static_assert((sizeof(Parameters) + ... + 0) <= 4096, "a kernel's arguments are limited to 4096 bytes");

  BoundKernel(void (*kernel)(Parameters...), Parameters... arguments)
      : Kernel(reinterpret_cast<const void*>(kernel)), kernel_(kernel), arguments_(arguments...) {}

  void run_thread() const override { std::apply(kernel_, arguments_); }

  std::vector<std::pair<int, const void*>> pointers() const override {
    std::vector<std::pair<int, const void*>> found;
    int place = 0;
    const auto look = [&](const auto& argument) {
      using Argument = std::decay_t<decltype(argument)>;
      if constexpr (std::is_pointer_v<Argument>) found.emplace_back(place, static_cast<const void*>(argument));
      place++;
    };
    std::apply([&](const auto&... arguments) { (look(arguments), ...); }, arguments_);
    return found;
  }

 private:
  void (*kernel_)(Parameters...);
  std::tuple<std::remove_cv_t<Parameters>...> arguments_;
};

cudaError_t launch(const cudaLaunchConfig_t& config, std::shared_ptr<const Kernel> kernel);
cudaError_t set_function_attribute(const void* function, cudaFuncAttribute attribute, int value);
cudaError_t function_attributes(cudaFuncAttributes* attributes, const void* function);
cudaError_t occupancy(int* blocks, const void* function, int threads, std::size_t shared_bytes);
cudaError_t cluster_occupancy(int* clusters, const void* function, const cudaLaunchConfig_t& config);

}  // namespace cuda_emulator

template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
  return cuda_emulator::launch(*config, std::make_shared<cuda_emulator::BoundKernel<Parameters...>>(
                                            kernel, std::forward<Arguments>(arguments)...));
}

template <class Function>
cudaError_t cudaFuncSetAttribute(Function* function, cudaFuncAttribute attribute, int value) {
  return cuda_emulator::set_function_attribute(reinterpret_cast<const void*>(function), attribute, value);
}

template <class Function>
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, Function* function) {
  return cuda_emulator::function_attributes(attributes, reinterpret_cast<const void*>(function));
}

template <class Function>
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Function* function, int threads,
                                                          std::size_t shared_bytes) {
  return cuda_emulator::occupancy(blocks, reinterpret_cast<const void*>(function), threads, shared_bytes);
}

template <class Function>
cudaError_t cudaOccupancyMaxActiveClusters(int* clusters, Function* function, const cudaLaunchConfig_t* config) {
  return cuda_emulator::cluster_occupancy(clusters, reinterpret_cast<const void*>(function), *config);
}
