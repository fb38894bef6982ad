// The shared memory of a block: poisoned with NaN, its end (rounded up to 16 bytes) at a page that must not be touched,
// and with watched bytes before and after it.
#pragma once

#include <cstddef>
#include <string>

namespace cuda_emulator {

class SharedMemory {
 public:
  void prepare(std::size_t bytes);
  void check() const;
  // Makes it inaccessible until it is prepared again, as its block has ended before the cluster has.
  void close();
  void* data() const { return data_; }
  std::string describe(const void* address) const;

 private:
  void map(std::size_t bytes);

  unsigned char* mapping_ = nullptr;
  std::size_t mapping_bytes_ = 0;
  unsigned char* inside_ = nullptr;  // the pages between the two that must not be touched
  std::size_t inside_bytes_ = 0;
  unsigned char* data_ = nullptr;
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace cuda_emulator
