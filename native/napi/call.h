// What a call of the loss is, between JavaScript and the backend.
//
// evaluate(ground, predictions, targets, gradient, losses, classWeights, sampleWeights, upstream, numbers)
// and evaluateAsync take the same arguments; all but `ground`, `predictions`, `targets` and `numbers` may be null.
// `numbers` is a Float64Array of `kNumberSlots` that carries the numeric options in and the results out: one typed
// array is cheaper to pass than twenty numbers, and nothing is allocated. lib/binding.ts has the same enumerations.
//
// A `Call` borrows everything; it is valid until JavaScript runs again, since that may detach or resize the arrays.
#ifndef SQUARED_EMD_NAPI_CALL_H
#define SQUARED_EMD_NAPI_CALL_H

#include <node_api.h>

#include "../squared_emd.h"
#include "ground.h"

namespace semd::napi {

enum Argument {
  kGround,
  kPredictions,
  kTargets,
  kGradient,
  kLosses,
  kClassWeights,
  kSampleWeights,
  kUpstream,
  kNumbers,
  kArguments
};

enum NumberSlot {
  // In
  kClasses,
  kInner,
  kPower,
  kInput,
  kNormalization,
  kReduction,
  kHasIgnoreIndex,
  kIgnoreIndex,
  kThreads,
  kCrossEntropyWeight,
  kEmdWeight,
  kUpstreamScalar,
  // Out
  kStatus,
  kLoss,
  kCrossEntropy,
  kEmd,
  kRows,
  kNonFinite,
  kIndex,  // with SEMD_INVALID_...: the element
  kValue,
  kWhich,  // with the statuses below: an Argument
  kOther,
  kNumberSlots
};

// Continues semd_status.
enum CallStatus {
  kBadArgument = 100,  // `which` has a type, length or value that no checked caller sends
  kOverlap,            // the output `which` shares memory with `other`
  kOutputGone          // the output `which` was detached or resized while an asynchronous call ran
};

struct View {
  napi_typedarray_type type;
  size_t length;
  void* data;

  // `view` is left empty unless the value is a typed array.
  static bool Read(napi_env env, napi_value value, View* view);
  size_t ElementSize() const;
  size_t Bytes() const { return length * ElementSize(); }
  bool Overlaps(const View& other) const;
};

struct Call {
  double* numbers;
  const GroundBox* ground;
  View views[kArguments];  // `data` and `length` are 0 for null
  bool present[kArguments];
  semd_problem problem;

  // Reads and checks the arguments. False if they were refused: then the status says why, or, if even `numbers` is
  // unusable, a JavaScript exception is pending.
  bool Read(napi_env env, const napi_value* arguments, const Environment& environment);

 private:
  bool ReadNumbers();
  bool ReadShapes();
  bool CheckOverlap();
  bool Refuse(CallStatus status, Argument which, Argument other = kArguments);
};

// Runs the problem, not throwing.
semd_status Solve(const Ground& ground, const semd_problem& problem, semd_result* result);

void WriteResult(double* numbers, semd_status status, const semd_result& result);

}  // namespace semd::napi

#endif
