// A thread's asynchronous copies that have not arrived: each as late as it may, when the thread waits for its batch.
#pragma once

#include "cuda_pipeline_primitives.h"

namespace cuda_emulator {

class PendingCopies {
 public:
  void clear();
  bool empty() const { return first_ == last_; }
  void begin(const AsyncCopy& copy);
  void commit() { batch_++; }
  // The next copy that is due when all batches but the last `newer` have arrived.
  bool due(std::size_t newer, AsyncCopy* out);

 private:
  static constexpr int kMost = 256;
  struct Pending {
    AsyncCopy copy;
    int batch;
  };

  // Not allocated as they come: ThreadSanitizer would take memory that goes from thread to thread for the kernel's.
  Pending ring_[kMost];
  int first_, last_;
  int batch_;  // that is not committed yet
};

}  // namespace cuda_emulator
