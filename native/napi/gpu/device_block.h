// Device memory for the duration of one call: several arrays in one block, allocated and released in stream order.
#ifndef SQUARED_EMD_NAPI_DEVICE_BLOCK_H
#define SQUARED_EMD_NAPI_DEVICE_BLOCK_H

#include <cstddef>

#include "../../include/squared_emd_cuda.h"

namespace semd::napi {

class DeviceBlock {
 public:
  // The bytes that an array of `bytes` occupies, so that the next one is aligned for the widest loads.
  static constexpr size_t Aligned(size_t bytes) { return (bytes + 255) / 256 * 256; }

  DeviceBlock(const semd_cuda_table& cuda, int32_t device, void* stream)
      : cuda_(cuda), device_(device), stream_(stream) {}
  DeviceBlock(const DeviceBlock&) = delete;
  DeviceBlock& operator=(const DeviceBlock&) = delete;
  ~DeviceBlock() {
    if (memory_) cuda_.release(device_, stream_, memory_, 0);
  }

  // To be called only once.
  semd_status Allocate(size_t bytes) { return cuda_.allocate(device_, stream_, bytes, 0, &memory_); }

  // Enqueues a copy to or from the block.
  semd_status Copy(void* to, const void* from, size_t bytes, semd_cuda_direction direction) {
    return cuda_.copy(device_, stream_, to, from, bytes, direction);
  }

  // Takes the next `bytes` of the block. All that is taken must fit into it.
  void* Take(size_t bytes) {
    char* start = static_cast<char*>(memory_) + used_;
    used_ += Aligned(bytes);
    return start;
  }

 private:
  const semd_cuda_table& cuda_;
  const int32_t device_;
  void* const stream_;
  void* memory_ = nullptr;
  size_t used_ = 0;
};

}  // namespace semd::napi

#endif
