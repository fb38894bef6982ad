#include "stream.h"

namespace semd::napi {

Stream::~Stream() {
  if (mark_) cuda_.event_destroy(mark_);
  if (origin_ == Origin::kMade) cuda_.stream_destroy(device_, raw_);
}

semd_status Stream::Mark() {
  if (!mark_) {
    const semd_status status = cuda_.event_create(device_, &mark_);
    if (status != SEMD_OK) return status;
  }
  return cuda_.event_record(device_, mark_, raw_);
}

semd_status Stream::CapturedByOwner(bool* captured) const {
  *captured = false;
  if (!(foreign() || shared_) || this->captured()) return SEMD_OK;
  int32_t answer = 0;
  const semd_status status = cuda_.stream_captured(device_, raw_, &answer);
  *captured = answer != 0;
  return status;
}

semd_status Stream::Enqueued() {
  if (!foreign() || captured()) return SEMD_OK;
  const semd_status status = Mark();
  // Without an event nobody could wait for the work later.
  if (status != SEMD_OK) cuda_.stream_synchronize(device_, raw_);
  return status;
}

semd_status Stream::MarkUnlessPast() { return foreign() || captured() ? SEMD_OK : Mark(); }

semd_status Stream::WaitFor(Stream& earlier) {
  if (&earlier == this) return SEMD_OK;
  const semd_status status = earlier.MarkUnlessPast();
  if (status != SEMD_OK || !earlier.mark_) return status;
  return cuda_.event_wait(device_, raw_, earlier.mark_);
}

semd_status Stream::Finish() {
  const semd_status status = MarkUnlessPast();
  if (status != SEMD_OK || !mark_) return status;
  return cuda_.event_synchronize(mark_);
}

StreamPtr OwnStream(Environment& environment, const semd_cuda_table& cuda, int32_t device) {
  auto& streams = environment.own_streams;
  const auto index = static_cast<size_t>(device);
  if (streams.size() <= index) streams.resize(index + 1);
  if (!streams[index]) streams[index] = std::make_shared<Stream>(cuda, device, Stream::Origin::kPackage, nullptr);
  return streams[index];
}

}  // namespace semd::napi
