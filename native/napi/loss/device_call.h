// A call of the loss on device arrays: evaluateDevice(…the arguments of call.h, lossOut).
//
// Predictions, gradient, losses and lossOut are device arrays. Targets, weights and upstream are device arrays, which are used
// where they are, or typed arrays, which are uploaded. Like a `Call`, it is valid until JavaScript runs again.
#ifndef SQUARED_EMD_NAPI_DEVICE_CALL_H
#define SQUARED_EMD_NAPI_DEVICE_CALL_H

#include "call.h"
#include "../gpu/device_array.h"
#include "../core/errors.h"

namespace semd::napi {

class DeviceCall {
 public:
  // Reads and checks the arguments. False if they are refused, as in Call::Read.
  bool Read(napi_env env, const napi_value* arguments, Environment& environment);

  // Uploads what is in host memory, and enqueues the loss; with lossOut, *pending stays null. If an array in host memory fails
  // its checks, `result` says which element, and nothing is enqueued.
  Outcome Enqueue(semd_cuda_pending** pending, semd_result* result);

  double* numbers() const { return numbers_; }
  bool reads_back() const { return !operands_[kLossOut].present; }
  const semd_cuda_table& cuda() const { return stream_->cuda(); }

 private:
  struct Operand {
    bool present = false;
    AllocationPtr allocation;  // null: in host memory
    semd_dtype dtype = SEMD_DTYPE_FLOAT32;  // on the device
    View view{};               // in host memory
    char* memory = nullptr;    // on the device
    size_t length = 0;
    size_t bytes = 0;

    bool on_device() const { return allocation != nullptr; }
  };

  bool ReadOperand(napi_env env, napi_value value, const Environment& environment, Argument which);
  bool ReadTypes();
  bool ReadLengths();
  bool CheckOverlap();
  bool Refuse(CallStatus status, Argument which, Argument other = kArguments) {
    return refuse_call(numbers_, status, which, other);
  }
  // The problem with those inputs that are in host memory, and null for all other arrays.
  semd_problem InHostMemory() const;
  semd_status CheckHostArrays(semd_result* result) const;
  // The problem with those arrays that are in device memory, and null for all others.
  semd_cuda_problem OnDevice() const;
  semd_status Submit(const semd_cuda_problem& problem, semd_cuda_pending** pending);

  double* numbers_ = nullptr;
  GroundPtr ground_;
  StreamPtr stream_;
  Operand operands_[kArguments];
  semd_problem problem_{};  // without its arrays
};

}  // namespace semd::napi

#endif
