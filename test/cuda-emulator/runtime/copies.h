// A thread's asynchronous copies that have not arrived. Each arrives as late as it may, when the thread waits for its batch.
#pragma once

#include "cuda_pipeline_primitives.h"

namespace cuda_emulator {

class PendingCopies {
 public:
  void clear();
  bool empty() const { return first_ == last_; }
  void begin(const AsyncCopy& copy);
  void commit() { batch_++; }
  // Gets the next copy that must arrive when all batches but the last `newer` have to; false if none is left.
  bool due(std::size_t newer, AsyncCopy* out);

 private:
  static constexpr int kMost = 256;
  struct Pending {
    AsyncCopy copy;
    int batch;
  };

  // A fixed array, as ThreadSanitizer would take allocated memory that passes from thread to thread for the kernel's.
  Pending ring_[kMost];
  int first_, last_;
  int batch_;  // the batch that is not committed yet
};

}  // namespace cuda_emulator
