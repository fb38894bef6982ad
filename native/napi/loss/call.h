// What a call of the loss is, between JavaScript and the backends.
//
// evaluate(ground, predictions, targets, gradient, losses, classWeights, sampleWeights, upstream, numbers, stream) and
// evaluateAsync take the same arguments; `gradient` to `upstream` and `stream` may be null. evaluateDevice (see
// device_call.h) adds lossOut. `numbers` is a Float64Array of `kNumberSlots` that carries the numeric options in and
// the results out: one typed array is cheaper to pass than twenty numbers, and nothing is allocated.
// lib/backends/enumerations.ts has the same enumerations.
//
// A `Call` borrows everything; it is valid until JavaScript runs again, since that may detach or resize the arrays.
#ifndef SQUARED_EMD_NAPI_CALL_H
#define SQUARED_EMD_NAPI_CALL_H

#include <node_api.h>

#include <array>
#include <optional>

#include "../../include/squared_emd.h"
#include "../core/arguments.h"
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
  kStream,
  kLossOut,
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
  kFirstNonFinite,
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

// The slots of a `numbers` argument; null, with an exception pending, if it is none.
double* NumbersOf(napi_env env, napi_value value);

// Writes the refusal, and returns false.
bool Refuse(double* numbers, CallStatus status, Argument which, Argument other = kArguments);

// Reads the numeric options; false if one is out of its range.
bool ReadOptions(const double* numbers, semd_problem* problem);

// Labels are told apart by type alone.
bool TargetKind(napi_typedarray_type type, int32_t* kind);

// Lengths of the arrays of a call, by Argument; none of those that are null.
using Lengths = std::array<std::optional<size_t>, kArguments>;

// Checks them against the options, which `problem` has by now, as it has the kind of its targets; works out `outer`, and
// sets the ground distance. False, with the refusal in `numbers`, if they do not fit.
bool ReadShapes(double* numbers, const Ground& ground, const Lengths& lengths, semd_problem* problem);

struct Call {
  double* numbers;
  const Ground* ground;
  View views[kArguments];  // `data` and `length` are 0 for null
  bool present[kArguments];
  semd_problem problem;

  // Reads and checks the arguments up to `numbers`. False if they were refused: then the status says why, or, if even
  // `numbers` is unusable, a JavaScript exception is pending.
  bool Read(napi_env env, const napi_value* arguments, const Environment& environment);
  // The ground distance, to be kept beyond the call.
  GroundPtr KeepGround() const { return box_->ground; }

 private:
  bool ReadArrays();
  bool CheckOverlap();
  bool Refuse(CallStatus status, Argument which, Argument other = kArguments) {
    return semd::napi::Refuse(numbers, status, which, other);
  }

  const GroundBox* box_;
};

// Runs the problem on the CPU, not throwing.
semd_status Solve(const semd_problem& problem, semd_result* result);

void WriteResult(double* numbers, semd_status status, const semd_result& result);

}  // namespace semd::napi

#endif
