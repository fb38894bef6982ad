// Page-locked memory for copies that are still under way when the call that began them returns.
//
// A `PinnedBlock` owns a block until it is destroyed, on any thread. The block then returns to the pool, which hands it out
// again when the copies are done for which it was marked busy. The pool lives as long as the process, because page-locking
// memory costs more than most copies and may stall the device. It keeps no more than a few megabytes that are idle.
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
    void* event = nullptr;  // on `device`
    int32_t device = -1;
    bool busy = false;
  };

  explicit PinnedBlock(const semd_cuda_table& cuda) : cuda_(cuda) {}
  PinnedBlock(const PinnedBlock&) = delete;
  PinnedBlock& operator=(const PinnedBlock&) = delete;
  ~PinnedBlock();

  // To be called only once.
  semd_status Allocate(size_t bytes);
  char* memory() const { return block_.memory; }
  // Marks the block busy until the work enqueued on the stream is done. If this fails, that work has been waited for.
  semd_status KeepBusy(int32_t device, void* stream);

 private:
  semd_status Mark(int32_t device, void* stream);

  const semd_cuda_table& cuda_;
  Block block_;
};

}  // namespace semd::napi

#endif
