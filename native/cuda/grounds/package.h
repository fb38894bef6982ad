// Arrays one after another, so that one copy takes all of them to the device, and the pointers that will point to them there.
#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <vector>

namespace semd::cuda {

class Package {
 public:
  // `pointer` is set by `point_into`, and must live until then.
  template <class Number>
  void add(const Number* values, size_t count, const Number** pointer) {
    const size_t offset = (bytes_.size() + 255) / 256 * 256;
    bytes_.resize(offset + count * sizeof(Number));
    std::memcpy(bytes_.data() + offset, values, count * sizeof(Number));
    pointers_.push_back([=](const char* memory) { *pointer = reinterpret_cast<const Number*>(memory + offset); });
  }
  const std::vector<char>& bytes() const { return bytes_; }
  void point_into(const void* memory) const {
    for (const auto& point : pointers_) point(static_cast<const char*>(memory));
  }

 private:
  std::vector<char> bytes_;
  std::vector<std::function<void(const char*)>> pointers_;
};

}  // namespace semd::cuda
