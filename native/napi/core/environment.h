// The state of one Node environment (the main thread or a worker).
//
// The environment's instance data owns it, and every handle shares it, since finalizers may run after the instance data is
// gone; it dies with the last of them. Only the environment's own thread touches it.
#ifndef SQUARED_EMD_NAPI_ENVIRONMENT_H
#define SQUARED_EMD_NAPI_ENVIRONMENT_H

#include <node_api.h>

#include <memory>
#include <unordered_set>
#include <vector>

namespace semd::napi {

struct Handle;
class Stream;

struct Environment : std::enable_shared_from_this<Environment> {
  // The externals that this addon has made, by which it recognizes another addon's; type tags on externals are newer than the
  // oldest supported version of Node.
  std::unordered_set<Handle*> handles;
  // The class EmdError of lib/checks/errors.ts. Node deletes the reference with the environment.
  napi_ref emd_error = nullptr;
  // The package's own stream of each device, made on first use.
  std::vector<std::shared_ptr<Stream>> own_streams;
};

using EnvironmentPtr = std::shared_ptr<Environment>;

}  // namespace semd::napi

#endif
