// Device memory, and when it may be given back.
//
// An `Allocation` is shared by the DeviceArrays that are views of it (until it is disposed of), and by the graphs that
// use it. With the last of them it is given back, on the JavaScript thread, after all work that was enqueued on it,
// without waiting for that: on the stream that alone used it, or else on the package's own stream, which waits for the
// others.
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
    kPool,      // ordered on streams
    kPlain,     // cudaMalloc
    kBorrowed,  // somebody else's: never given back
    kIpc        // another process's
  };

  // `home`: the stream that it was allocated on; `own`: the package's own one of the same device.
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

  // To be called before work on it is enqueued. The first work on another stream than `home` waits for the allocation.
  semd_status Use(const StreamPtr& stream);

 private:
  void Release();

  const Origin origin_;
  void* const memory_;
  const size_t bytes_;
  const StreamPtr home_;
  const StreamPtr own_;
  std::vector<StreamPtr> users_;  // other than home
  StreamPtr last_;
};

using AllocationPtr = std::shared_ptr<Allocation>;

}  // namespace semd::napi

#endif
