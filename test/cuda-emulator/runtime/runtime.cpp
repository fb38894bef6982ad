#include "runtime.h"

#include <vector>

#include "settings.h"

namespace cuda_emulator {
namespace {

std::vector<cudaError_t>& sticky_errors() {
  static auto* errors = new std::vector<cudaError_t>(static_cast<std::size_t>(settings().devices), cudaSuccess);
  return *errors;
}

}  // namespace

HostThread& host_thread() {
  static thread_local HostThread thread;
  return thread;
}

std::recursive_mutex& runtime_mutex() {
  static auto* mutex = new std::recursive_mutex;
  return *mutex;
}

cudaError_t driver_error() {
  if (settings().driver < kRuntimeVersion) return cudaErrorInsufficientDriver;
  return settings().devices > 0 ? cudaSuccess : cudaErrorNoDevice;
}

cudaError_t sticky_error(int device) { return sticky_errors()[static_cast<std::size_t>(device)]; }
void set_sticky_error(int device, cudaError_t error) { sticky_errors()[static_cast<std::size_t>(device)] = error; }

}  // namespace cuda_emulator
