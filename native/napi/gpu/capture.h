// A graph that is being captured, with everything it uses, which must live as long as the graph.
#ifndef SQUARED_EMD_NAPI_CAPTURE_H
#define SQUARED_EMD_NAPI_CAPTURE_H

#include <memory>
#include <unordered_set>
#include <vector>

#include "allocation.h"

namespace semd::napi {

// Shared by the streams that take part in the capture until it ends.
struct Capture {
  std::vector<StreamPtr> streams;
  std::unordered_set<AllocationPtr> memory;
  std::unordered_set<std::shared_ptr<const void>> grounds;  // prepared ground distances
};

}  // namespace semd::napi

#endif
