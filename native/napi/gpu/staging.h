// Native memory for the inputs and outputs of an asynchronous call.
//
// A `Staging` owns one block and gives it back when it dies, on any thread. A few blocks of moderate size are kept for
// the process's whole life, because fresh pages cost more than the arithmetic on them; larger ones are freed at once.
#ifndef SQUARED_EMD_NAPI_STAGING_H
#define SQUARED_EMD_NAPI_STAGING_H

#include <cstddef>

namespace semd::napi {

class Staging {
 public:
  static constexpr size_t kAlignment = 64;

  // The size that an array of `bytes` takes up, so that the next one is aligned.
  static constexpr size_t Aligned(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

  // Throws std::bad_alloc.
  explicit Staging(size_t bytes);
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging();

  // The next `bytes` of the block; what is taken must fit the size it was made for.
  void* Take(size_t bytes);

 private:
  char* block_;
  size_t capacity_;
  size_t used_ = 0;
};

}  // namespace semd::napi

#endif
