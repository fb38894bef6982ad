// A CUDA library in front of the one that SQUARED_EMD_TEST_LIBRARY names. The first event that is to be recorded after a loss was
// enqueued, or (SQUARED_EMD_TEST_FAILS=download) after a copy to the host was, cannot be; and a result that nobody has waited for
// by the time that the next loss is enqueued ends the program.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../../../native/include/squared_emd_cuda.h"

namespace {

enum class Fault { kToCome, kNext, kOver };

const semd_cuda_table* real = nullptr;
Fault fault = Fault::kToCome;
semd_cuda_pending* awaited = nullptr;
const char* words = nullptr;

void arm(const char* what) {
  const char* wanted = std::getenv("SQUARED_EMD_TEST_FAILS");
  if (fault == Fault::kToCome && wanted && std::strcmp(wanted, what) == 0) fault = Fault::kNext;
}

const char* last_error() { return words ? words : real->last_error(); }

semd_status event_record(int32_t device, void* event, void* stream) {
  if (fault != Fault::kNext) return real->event_record(device, event, stream);
  fault = Fault::kOver;
  words = "no event is recorded";
  return SEMD_DEVICE_ERROR;
}

semd_status copy(int32_t device, void* stream, void* to, const void* from, size_t bytes, int32_t direction) {
  if (direction == SEMD_DEVICE_TO_HOST) arm("download");
  return real->copy(device, stream, to, from, bytes, direction);
}

semd_status loss_enqueue(const semd_cuda_problem* problem, semd_cuda_pending** pending) {
  if (awaited) {
    std::fprintf(stderr, "nobody has waited for a result\n");
    std::abort();
  }
  const semd_status status = real->loss_enqueue(problem, pending);
  if (pending) awaited = *pending;
  arm("loss");
  return status;
}

semd_status loss_wait(semd_cuda_pending* pending, semd_result* result) {
  if (pending == awaited) awaited = nullptr;
  return real->loss_wait(pending, result);
}

}  // namespace

extern "C" const semd_cuda_table* semd_cuda_library() {
  static semd_cuda_table table;
  void* library = dlopen(std::getenv("SQUARED_EMD_TEST_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
  if (!library) return nullptr;
  real = reinterpret_cast<decltype(&semd_cuda_library)>(dlsym(library, "semd_cuda_library"))();
  table = *real;
  table.last_error = last_error;
  table.event_record = event_record;
  table.copy = copy;
  table.loss_enqueue = loss_enqueue;
  table.loss_wait = loss_wait;
  return &table;
}
