// Memory that is kept from call to call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace semd {

class Scratch {
 public:
  // 64-byte aligned memory that stays until more is asked for.
  char* reserve(size_t bytes) {
    if (bytes > size_) {
      memory_.reset();
      size_ = 0;  // should the next line throw
      memory_.reset(new char[bytes + 64]);
      size_ = bytes;
    }
    const auto address = reinterpret_cast<uintptr_t>(memory_.get());
    return memory_.get() + (64 - address % 64) % 64;
  }
  // Gives back much of it.
  void trim() {
    if (size_ <= kKept) return;
    memory_.reset();
    size_ = 0;
  }

 private:
  static constexpr size_t kKept = size_t{8} << 20;

  std::unique_ptr<char[]> memory_;
  size_t size_ = 0;
};

}  // namespace semd
