#include "allocation.h"

#include <algorithm>

#include "capture.h"

namespace semd::napi {

semd_status Allocation::Use(const StreamPtr& stream) {
  last_ = stream;
  if (stream->captured()) {
    stream->capture->memory.insert(shared_from_this());
    return SEMD_OK;
  }
  if (stream == home_ || std::find(users_.begin(), users_.end(), stream) != users_.end()) return SEMD_OK;
  const semd_status status = stream->WaitFor(*home_);
  if (status == SEMD_OK) users_.push_back(stream);
  return status;
}

// Nothing can be done about calls that fail here: the memory is lost together with its device.
Allocation::~Allocation() {
  if (memory_ && origin_ != Origin::kBorrowed) Release();
}

void Allocation::Release() {
  const semd_cuda_table& cuda = home_->cuda();
  switch (origin_) {
    case Origin::kPool:
      if (users_.empty() && !home_->foreign() && !home_->captured()) {
        cuda.release(device(), home_->raw(), memory_, 0);
        return;
      }
      own_->WaitFor(*home_);
      for (const StreamPtr& user : users_) own_->WaitFor(*user);
      cuda.release(device(), own_->raw(), memory_, 0);
      return;
    case Origin::kPlain:
      cuda.release(device(), own_->raw(), memory_, 1);  // waits for the device
      return;
    default:
      home_->Finish();
      for (const StreamPtr& user : users_) user->Finish();
      cuda.ipc_close(device(), memory_);
      return;
  }
}

}  // namespace semd::napi
