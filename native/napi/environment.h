// State of one Node environment (the main thread or one worker).
//
// The environment's instance data owns it; every ground distance shares it, since finalizers may run after the instance
// data is gone. It dies with the last of them. Only the environment's own thread touches it.
#ifndef SQUARED_EMD_NAPI_ENVIRONMENT_H
#define SQUARED_EMD_NAPI_ENVIRONMENT_H

#include <node_api.h>

#include <memory>
#include <unordered_set>

namespace semd::napi {

struct GroundBox;

struct Environment {
  // The externals that this addon made. Another addon's external must not be taken for a ground distance, and type
  // tags on externals are newer than the oldest Node that is supported.
  std::unordered_set<const GroundBox*> grounds;
};

using EnvironmentPtr = std::shared_ptr<Environment>;

}  // namespace semd::napi

#endif
