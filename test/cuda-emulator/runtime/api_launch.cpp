#include <algorithm>
#include <map>

#include "allocations.h"
#include "captures.h"
#include "cuda_emulator/launch.h"
#include "devices.h"
#include "report.h"
#include "settings.h"

namespace cuda_emulator {
namespace {

// The shared memory above 48 KB to which kernels have opted in.
std::map<std::pair<const void*, int>, int>& shared_limits() {
  static auto* limits = new std::map<std::pair<const void*, int>, int>;
  return *limits;
}

int shared_limit(const void* function, int device) {
  const auto found = shared_limits().find({function, device});
  return found == shared_limits().end() ? kSharedPerBlock : found->second;
}

bool within(const dim3& size, const int (&limits)[3]) {
  const auto fits = [](unsigned length, int limit) { return length > 0 && length <= static_cast<unsigned>(limit); };
  return fits(size.x, limits[0]) && fits(size.y, limits[1]) && fits(size.z, limits[2]);
}

void check_pointers(const Kernel& kernel) {
  for (const auto& [place, pointer] : kernel.pointers()) {
    if (!pointer || allocations().find(pointer) || allocations().is_device_memory(pointer)) continue;
    fail("%s: argument %d points to host memory that is not pinned, or to none", kernel_name(kernel.function()).c_str(),
         place);
  }
}

// The blocks of a cluster; 0 if the attributes are others than one of those.
unsigned cluster_of(const cudaLaunchConfig_t& config) {
  if (config.numAttrs == 0) return 1;
  if (config.numAttrs > 1 || config.attrs[0].id != cudaLaunchAttributeClusterDimension) return 0;
  const auto& size = config.attrs[0].val.clusterDim;
  return size.y == 1 && size.z == 1 ? size.x : 0;
}

bool is_cluster_size(unsigned size, unsigned blocks) { return size <= kPortableCluster && blocks % size == 0; }

int blocks_of_multiprocessor(int threads, std::size_t shared_bytes) {
  const auto all = static_cast<std::size_t>(settings().shared_memory + kReservedSharedPerBlock);
  const auto by_memory = static_cast<int>(all / (shared_bytes + kReservedSharedPerBlock));
  return std::min({kThreadsPerMultiprocessor / threads, by_memory, kBlocksPerMultiprocessor});
}

// As if a cluster could have any multiprocessors of the device.
int clusters_of_device(unsigned size, int threads, std::size_t shared_bytes) {
  return blocks_of_multiprocessor(threads, shared_bytes) * settings().multiprocessors / static_cast<int>(size);
}

}  // namespace

cudaError_t launch(const cudaLaunchConfig_t& config, std::shared_ptr<const Kernel> kernel) {
  return call([&] {
    Stream* stream = find_stream(config.stream);
    if (!stream || stream->device != host_thread().device) return cudaErrorInvalidResourceHandle;
    if (settings().no_kernel_image) return cudaErrorNoKernelImageForDevice;
    const unsigned cluster = cluster_of(config);
    if (cluster == 0) return cudaErrorNotSupported;
    if (!is_cluster_size(cluster, config.gridDim.x)) return cudaErrorInvalidClusterSize;
    const dim3& block = config.blockDim;
    if (!within(config.gridDim, kMaximumGrid) || !within(block, kMaximumBlock) ||
        block.x * block.y * block.z > kMaximumThreadsPerBlock) {
      return cudaErrorInvalidConfiguration;
    }
    if (config.dynamicSmemBytes > static_cast<std::size_t>(shared_limit(kernel->function(), stream->device))) {
      return cudaErrorInvalidValue;
    }
    const auto threads = static_cast<int>(block.x * block.y * block.z);
    if (cluster > 1 && clusters_of_device(cluster, threads, config.dynamicSmemBytes) == 0) return cudaErrorInvalidClusterSize;
    check_pointers(*kernel);
    return enqueue(*stream, std::make_shared<KernelOperation>(
                                stream->device, Launch{kernel, config.gridDim, block, config.dynamicSmemBytes, cluster}));
  });
}

cudaError_t set_function_attribute(const void* function, cudaFuncAttribute attribute, int value) {
  return call([=] {
    if (settings().no_kernel_image) return cudaErrorNoKernelImageForDevice;
    if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) return cudaSuccess;
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) return cudaErrorInvalidValue;
    if (value < 0 || value > settings().shared_memory) return cudaErrorInvalidValue;
    shared_limits()[{function, host_thread().device}] = value;
    return cudaSuccess;
  });
}

cudaError_t function_attributes(cudaFuncAttributes* attributes, const void* function) {
  return call([=] {
    if (settings().no_kernel_image) return cudaErrorNoKernelImageForDevice;
    *attributes = {};
    attributes->maxThreadsPerBlock = kMaximumThreadsPerBlock;
    attributes->numRegs = 32;
    attributes->ptxVersion = attributes->binaryVersion = 10 * kComputeMajor + kComputeMinor;
    attributes->maxDynamicSharedSizeBytes = shared_limit(function, host_thread().device);
    return cudaSuccess;
  });
}

cudaError_t occupancy(int* blocks, const void* function, int threads, std::size_t shared_bytes) {
  return call([=] {
    if (settings().no_kernel_image) return cudaErrorNoKernelImageForDevice;
    if (threads <= 0) return cudaErrorInvalidValue;
    *blocks = 0;
    if (threads > kMaximumThreadsPerBlock) return cudaSuccess;
    if (shared_bytes > static_cast<std::size_t>(shared_limit(function, host_thread().device))) return cudaSuccess;
    *blocks = blocks_of_multiprocessor(threads, shared_bytes);
    return cudaSuccess;
  });
}

cudaError_t cluster_occupancy(int* clusters, const void* function, const cudaLaunchConfig_t& config) {
  const unsigned cluster = cluster_of(config);
  if (cluster == 0 || !is_cluster_size(cluster, config.gridDim.x)) return call([] { return cudaErrorInvalidClusterSize; });
  const auto threads = static_cast<int>(config.blockDim.x);
  const cudaError_t status = occupancy(clusters, function, threads, config.dynamicSmemBytes);
  if (status == cudaSuccess && *clusters > 0) *clusters = clusters_of_device(cluster, threads, config.dynamicSmemBytes);
  return status;
}

}  // namespace cuda_emulator
