#include "copies.h"

#include "report.h"

namespace cuda_emulator {

void PendingCopies::clear() { first_ = last_ = batch_ = 0; }

void PendingCopies::begin(const AsyncCopy& copy) {
  if (last_ - first_ == kMost) fail("has more than %d asynchronous copies under way", kMost);
  ring_[last_++ % kMost] = {copy, batch_};
}

bool PendingCopies::due(std::size_t newer, AsyncCopy* out) {
  if (empty()) return false;
  const Pending& next = ring_[first_ % kMost];
  if (next.batch + static_cast<int>(newer) >= batch_) return false;
  first_++;
  *out = next.copy;
  return true;
}

}  // namespace cuda_emulator
