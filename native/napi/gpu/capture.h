// A graph in the making: what it will use has to live as long as it does.
#ifndef SQUARED_EMD_NAPI_CAPTURE_H
#define SQUARED_EMD_NAPI_CAPTURE_H

#include <memory>
#include <unordered_set>
#include <vector>

#include "allocation.h"

namespace semd::napi {

// Shared by the streams that take part, until the capture ends.
struct Capture {
  std::vector<StreamPtr> streams;
  std::unordered_set<AllocationPtr> memory;
  std::unordered_set<std::shared_ptr<const void>> grounds;  // prepared ground distances
};

}  // namespace semd::napi

#endif
