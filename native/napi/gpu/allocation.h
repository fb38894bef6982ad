// Device memory, and when it may be released.
//
// An `Allocation` is shared by the DeviceArrays that are views of it (until it is disposed of) and by the graphs that use it.
// With the last of them it is released, on the JavaScript thread, in stream order behind all work that was enqueued on it: on
// the only stream that used it, or else on the package's own stream, which first waits for the others.
#ifndef SQUARED_EMD_NAPI_ALLOCATION_H
#define SQUARED_EMD_NAPI_ALLOCATION_H

#include <cstddef>
#include <memory>
#include <vector>

#include "stream.h"

namespace semd::napi {

class Allocation : public std::enable_shared_from_this<Allocation> {
 public:
  enum class Origin {
    kPool,      // from the stream-ordered allocator
    kPlain,     // from cudaMalloc
    kBorrowed,  // another library's: never released
    kIpc        // another process's
  };

  // `home` is the stream on which it was allocated, `own` the package's own stream of the same device.
  Allocation(Origin origin, void* memory, size_t bytes, StreamPtr home, StreamPtr own)
      : origin_(origin), memory_(memory), bytes_(bytes), home_(std::move(home)), own_(std::move(own)) {}
  Allocation(const Allocation&) = delete;
  Allocation& operator=(const Allocation&) = delete;
  ~Allocation();

  Origin origin() const { return origin_; }
  char* memory() const { return static_cast<char*>(memory_); }
  size_t bytes() const { return bytes_; }
  int32_t device() const { return home_->device(); }
  const StreamPtr& own_stream() const { return own_; }
  // The stream that used it last.
  const StreamPtr& last_stream() const { return last_ ? last_ : home_; }

  // To be called before work on it is enqueued. On any stream but `home` the first such work waits for the allocation.
  semd_status Use(const StreamPtr& stream);

 private:
  void Release();

  const Origin origin_;
  void* const memory_;
  const size_t bytes_;
  const StreamPtr home_;
  const StreamPtr own_;
  std::vector<StreamPtr> users_;  // streams other than home
  StreamPtr last_;
};

using AllocationPtr = std::shared_ptr<Allocation>;

}  // namespace semd::napi

#endif
