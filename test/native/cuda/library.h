// The CUDA library that a program is given, and arrays in the memory of its first device.
#pragma once

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "../../../native/include/squared_emd_cuda.h"

[[noreturn]] inline void fail(const char* what, const char* detail) {
  std::printf("%s: %s\n", what, detail);
  std::exit(1);
}

inline const semd_cuda_table* cuda = nullptr;

inline void must(semd_status status, const char* what) {
  if (status != SEMD_OK) fail(what, cuda->last_error());
}

inline void open_library(int count, char** parameters) {
  if (count < 2) fail(parameters[0], "expected the path of the CUDA library");
  void* library = dlopen(parameters[1], RTLD_NOW);
  if (!library) fail("dlopen", dlerror());
  using Open = const semd_cuda_table* (*)();
  const auto open = reinterpret_cast<Open>(dlsym(library, "semd_cuda_library"));
  if (!open) fail("dlsym", dlerror());
  cuda = open();
  if (cuda->abi_version != SEMD_ABI_VERSION) fail("abi_version", "another one");
  semd_cuda_status status{};
  cuda->probe(&status);
  if (status.reason != SEMD_CUDA_AVAILABLE) fail("probe", "no GPU");
}

// An array on the device, of just this size.
template <class T>
class Device {
 public:
  explicit Device(const std::vector<T>& values) : count_(values.size()) {
    must(cuda->allocate(0, nullptr, bytes(), 0, &memory_), "allocate");
    if (count_) must(cuda->copy(0, nullptr, memory_, values.data(), bytes(), SEMD_HOST_TO_DEVICE), "copy");
  }
  ~Device() { must(cuda->release(0, nullptr, memory_, 0), "release"); }
  Device(const Device&) = delete;
  T* get() { return static_cast<T*>(memory_); }
  std::vector<T> read() {
    std::vector<T> values(count_);
    if (count_) must(cuda->copy(0, nullptr, values.data(), memory_, bytes(), SEMD_DEVICE_TO_HOST), "copy");
    must(cuda->stream_synchronize(0, nullptr), "synchronize");
    return values;
  }

 private:
  size_t bytes() const { return count_ * sizeof(T); }
  size_t count_;
  void* memory_ = nullptr;
};
