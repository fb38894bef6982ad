// A call of the loss as it crosses from JavaScript to native code, through Node-API or WebAssembly: arguments are known by
// number, and a Float64Array of `kNumberSlots` carries the numeric options in and the results out. Passing one typed array is
// cheaper than passing twenty numbers, and allocates nothing. lib/backends/enumerations.ts has the same enumerations.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "../include/squared_emd.h"

namespace semd {

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
  kIndex,  // with SEMD_INVALID_...: the offending element
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

// Writes the refusal, and returns false.
bool refuse_call(double* numbers, CallStatus status, Argument which, Argument other = kArguments);

// Reads the numeric options; false if one is out of its range.
bool read_options(const double* numbers, semd_problem* problem);

// Lengths of the arrays of a call, by Argument; empty where the array is null.
using Lengths = std::array<std::optional<size_t>, kArguments>;

// Checks the lengths against the options and the kind of targets, which `problem` must hold already, and against the number
// of classes of the ground distance; computes `outer`. False, with the refusal in `numbers`, if anything does not fit.
bool read_shapes(double* numbers, int32_t ground_classes, const Lengths& lengths, semd_problem* problem);

void write_result(double* numbers, semd_status status, const semd_result& result);

}  // namespace semd
