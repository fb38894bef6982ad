// A point in the work of a stream, shared by its JavaScript object and by those who wait for it.
#ifndef SQUARED_EMD_NAPI_EVENT_H
#define SQUARED_EMD_NAPI_EVENT_H

#include <memory>

#include "stream.h"

namespace semd::napi {

class Event {
 public:
  explicit Event(const semd_cuda_table& cuda) : cuda_(cuda) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() {
    if (raw_) cuda_.event_destroy(raw_);
  }

  // To be called only once.
  semd_status Record(const Stream& stream) {
    captured_ = stream.captured();
    capture_ = stream.capture;
    const semd_status status = cuda_.event_create(stream.device(), &raw_);
    return status != SEMD_OK ? status : cuda_.event_record(stream.device(), raw_, stream.raw());
  }
  semd_status Synchronize() const { return cuda_.event_synchronize(raw_); }

  const semd_cuda_table& cuda() const { return cuda_; }
  void* raw() const { return raw_; }
  // A captured event is not a point in time, and means nothing outside of its capture.
  bool captured() const { return captured_; }
  std::shared_ptr<Capture> capture() const { return capture_.lock(); }

 private:
  const semd_cuda_table& cuda_;
  void* raw_ = nullptr;
  bool captured_ = false;
  std::weak_ptr<Capture> capture_;
};

using EventPtr = std::shared_ptr<Event>;

}  // namespace semd::napi

#endif
