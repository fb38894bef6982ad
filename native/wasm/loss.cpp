// The loss and its ground distances.
#include "../core/call_numbers.h"
#include "../core/validity.h"
#include "module.h"

namespace {

using namespace semd;

// What a call reads and writes is one stretch of memory: the numbers of core/call_numbers.h, an operand for each argument, and the
// arrays, which are found by their distance from its beginning, so that it may be copied to another module's memory.
struct Operand {
  uint32_t begin;  // 0: no such array
  uint32_t length;
};
struct CallMemory {
  double numbers[kNumberSlots];
  Operand operands[kArguments];
};

}  // namespace

extern "C" {

// Writes the address of the ground distance.
SEMD_EXPORT(createGround)
semd_status semd_wasm_create_ground(int32_t kind, int32_t classes, const double* weights, const int32_t* parents,
                                    const float* distances, double exponent, double offset, int32_t indefinite,
                                    semd_ground** out) {
  const semd_ground_description description{kind, classes, weights, parents, distances, exponent, offset, indefinite};
  return semd_cpu_backend()->ground_create(&description, out);
}

SEMD_EXPORT(destroyGround) void semd_wasm_destroy_ground(semd_ground* ground) { semd_cpu_backend()->ground_destroy(ground); }

SEMD_EXPORT(evaluate)
void semd_wasm_evaluate(const semd_ground* ground, int32_t ground_classes, int32_t target_kind, CallMemory* call) {
  semd_problem problem{};
  if (!read_options(call->numbers, &problem)) {
    refuse_call(call->numbers, kBadArgument, kNumbers);
    return;
  }
  problem.target_kind = target_kind;
  Lengths lengths;
  for (int i = kPredictions; i < kNumbers; i++) {
    if (call->operands[i].begin != 0) lengths[i] = call->operands[i].length;
  }
  if (!read_shapes(call->numbers, ground_classes, lengths, &problem)) return;
  problem.ground = ground;
  const auto floats = [call](Argument which) {
    const uint32_t begin = call->operands[which].begin;
    return begin == 0 ? nullptr : reinterpret_cast<float*>(reinterpret_cast<char*>(call) + begin);
  };
  problem.predictions = floats(kPredictions);
  problem.targets = floats(kTargets);
  problem.gradient = floats(kGradient);
  problem.losses = floats(kLosses);
  problem.class_weights = floats(kClassWeights);
  problem.sample_weights = floats(kSampleWeights);
  problem.upstream_rows = floats(kUpstream);
  semd_result result{};
  const semd_status status = semd_cpu_backend()->loss(&problem, &result);
  write_result(call->numbers, status, result);
}

SEMD_EXPORT(rowKinds)
semd_status semd_wasm_row_kinds(const float* values, int32_t rows, int32_t classes, int32_t* kinds) {
  semd_problem problem{};
  problem.outer = rows;
  problem.inner = 1;
  problem.classes = classes;
  problem.target_kind = SEMD_DISTRIBUTION_FLOAT32;
  problem.targets = values;
  return semd_cpu_row_kinds(&problem, kinds);
}

}  // extern "C"
