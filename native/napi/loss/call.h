// Calls of the loss on arrays in host memory, read from JavaScript's values; core/call_numbers.h says what they are.
//
// evaluate(ground, predictions, targets, gradient, losses, classWeights, sampleWeights, upstream, numbers, stream) and
// evaluateAsync take the same arguments; `gradient` to `upstream` and `stream` may be null. evaluateDevice (see
// device_call.h) also takes lossOut.
//
// A `Call` borrows everything, and is valid until JavaScript runs again, which may detach or resize the arrays.
#ifndef SQUARED_EMD_NAPI_CALL_H
#define SQUARED_EMD_NAPI_CALL_H

#include <node_api.h>

#include "../../core/call_numbers.h"
#include "../core/arguments.h"
#include "ground.h"

namespace semd::napi {

// The slots of the argument `numbers`; null, with an exception pending, if it is unusable.
double* NumbersOf(napi_env env, napi_value value);

// The kind of targets in a typed array of this type; false if targets cannot have it.
bool TargetKind(napi_typedarray_type type, int32_t* kind);

struct Call {
  double* numbers;
  const Ground* ground;
  View views[kArguments];  // `data` and `length` are 0 for null
  bool present[kArguments];
  semd_problem problem;

  // Reads and checks the arguments up to `numbers`. False if they are refused: then the status says why or, if even `numbers` is
  // unusable, a JavaScript exception is pending.
  bool Read(napi_env env, const napi_value* arguments, const Environment& environment);
  // A share in the ground distance, for callers that outlive the call.
  GroundPtr KeepGround() const { return box_->ground; }

 private:
  bool ReadArrays();
  bool CheckOverlap();
  bool Refuse(CallStatus status, Argument which, Argument other = kArguments) {
    return refuse_call(numbers, status, which, other);
  }

  const GroundBox* box_;
};

// Solves the problem on the CPU; does not throw.
semd_status Solve(const semd_problem& problem, semd_result* result);

}  // namespace semd::napi

#endif
