// Streams, and how work on one is ordered after work on another.
//
// A `Stream` is shared by its JavaScript object, by the memory that it works on, and by staged calls in flight; a stream that
// was made here is destroyed with the last of them. Only the JavaScript thread of its environment touches it. The owner of a
// foreign stream may destroy it at any time, so after each piece of work an event is recorded (its mark), and later only that
// event is used.
#ifndef SQUARED_EMD_NAPI_STREAM_H
#define SQUARED_EMD_NAPI_STREAM_H

#include <memory>

#include "../../include/squared_emd_cuda.h"
#include "../core/environment.h"

namespace semd::napi {

struct Capture;

class Stream {
 public:
  enum class Origin { kPackage, kMade, kForeign };

  Stream(const semd_cuda_table& cuda, int32_t device, Origin origin, void* raw)
      : cuda_(cuda), device_(device), origin_(origin), raw_(raw) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  const semd_cuda_table& cuda() const { return cuda_; }
  int32_t device() const { return device_; }
  // As the table (squared_emd_cuda.h) takes it: null is the package's own stream.
  void* raw() const { return raw_; }
  bool captured() const { return capture != nullptr; }
  // Whether another library is capturing it, which only concerns foreign streams and those whose handle was handed out.
  semd_status CapturedByOwner(bool* captured) const;
  // To be called when the handle is given to anyone who may capture it.
  void HandOut() { shared_ = true; }
  bool foreign() const { return origin_ == Origin::kForeign; }

  // To be called after work has been enqueued. If this fails, the work has been waited for.
  semd_status Enqueued();
  // To be called before a capture of the stream begins, so that earlier work can still be waited for.
  semd_status Mark();
  // Work enqueued from now on waits for the work that has been enqueued, and not captured, on `earlier`.
  semd_status WaitFor(Stream& earlier);
  // Blocks until the work that has been enqueued, and not captured, is done.
  semd_status Finish();

  // The number of calls that other threads are enqueueing on it. A capture must not begin meanwhile, as it would include them.
  int staged_calls = 0;
  // Set while its work is being captured into a graph.
  std::shared_ptr<Capture> capture;

 private:
  semd_status MarkUnlessPast();

  const semd_cuda_table& cuda_;
  const int32_t device_;
  const Origin origin_;
  void* const raw_;
  void* mark_ = nullptr;  // an event
  bool shared_ = false;
};

using StreamPtr = std::shared_ptr<Stream>;

// The package's own stream of a device.
StreamPtr OwnStream(Environment& environment, const semd_cuda_table& cuda, int32_t device);

}  // namespace semd::napi

#endif
