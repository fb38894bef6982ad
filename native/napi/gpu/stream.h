// Streams, and what orders work on one after work on another.
//
// A `Stream` is shared by its JavaScript object, by the memory that it works on, and by staged calls in flight; a
// stream that was made here is destroyed with the last of them. Only the JavaScript thread of its environment touches
// one. Foreign streams may be gone whenever their owner likes: after each piece of work an event is recorded, and only
// that is looked at later.
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
  // As the table takes it: null is the package's own.
  void* raw() const { return raw_; }
  bool captured() const { return capture != nullptr; }
  // Whether somebody else captures it: a foreign stream, or one whose handle was given away.
  semd_status CapturedByOwner(bool* captured) const;
  // To be called when the handle is given to somebody who may capture it.
  void HandOut() { shared_ = true; }
  bool foreign() const { return origin_ == Origin::kForeign; }

  // To be called after work was enqueued. If this fails, the work has been waited for.
  semd_status Enqueued();
  // To be called before the stream's work begins to be captured: what came before is waited for by its mark.
  semd_status Mark();
  // What is enqueued from now on waits for what has been enqueued, and not captured, on `earlier`.
  semd_status WaitFor(Stream& earlier);
  // Waits, on this thread, for what has been enqueued and not captured.
  semd_status Finish();

  // Calls that other threads enqueue on it: a capture that began meanwhile would take their work along.
  int staged_calls = 0;
  // While its work is captured into a graph.
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
