// Page-locked memory for copies that are still under way when the call that began them returns.
//
// A `PinnedBlock` owns a block until it dies, on any thread; then the pool has it, and hands it out again when the
// copies that it was marked busy for have passed. The pool lives as long as the process: page-locking memory costs more
// than most copies, and may stop the device. It keeps no more than some megabytes that nobody uses.
#ifndef SQUARED_EMD_NAPI_PINNED_POOL_H
#define SQUARED_EMD_NAPI_PINNED_POOL_H

#include <cstddef>

#include "../../include/squared_emd_cuda.h"

namespace semd::napi {

class PinnedBlock {
 public:
  struct Block {
    char* memory = nullptr;
    size_t capacity = 0;
    void* event = nullptr;  // of `device`
    int32_t device = -1;
    bool busy = false;
  };

  explicit PinnedBlock(const semd_cuda_table& cuda) : cuda_(cuda) {}
  PinnedBlock(const PinnedBlock&) = delete;
  PinnedBlock& operator=(const PinnedBlock&) = delete;
  ~PinnedBlock();

  // Once.
  semd_status Allocate(size_t bytes);
  char* memory() const { return block_.memory; }
  // Until what has been enqueued on the stream has passed. If this fails, it has been waited for.
  semd_status KeepBusy(int32_t device, void* stream);

 private:
  semd_status Mark(int32_t device, void* stream);

  const semd_cuda_table& cuda_;
  Block block_;
};

}  // namespace semd::napi

#endif
