// The loss and its ground distances.
#include "../core/call_numbers.h"
#include "../core/validity.h"
#include "../cpu/backend/loss_run.h"
#include "module.h"

namespace {

using namespace semd;

// What a call reads and writes is one stretch of memory: the numbers of core/call_numbers.h, an operand for each argument, and
// the arrays, which are found by their distance from its beginning, so that it may be copied to another module's memory.
struct Operand {
  uint32_t begin;  // 0: no such array
  uint32_t length;
};
struct CallMemory {
  double numbers[kNumberSlots];
  Operand operands[kArguments];
};

// A call in stretches.
struct Run {
  double* const numbers;
  semd_problem problem{};
  semd_result result{};
  Scratch memory;
  LossRun loss{problem, result, &memory};

  explicit Run(double* numbers) : numbers(numbers) {}
};

// False, with the refusal in the numbers, if it is none.
bool read_call(const semd_ground* ground, int32_t ground_classes, int32_t target_kind, CallMemory* call, semd_problem* problem) {
  if (!read_options(call->numbers, problem)) return refuse_call(call->numbers, kBadArgument, kNumbers);
  problem->target_kind = target_kind;
  Lengths lengths;
  for (int i = kPredictions; i < kNumbers; i++) {
    if (call->operands[i].begin != 0) lengths[i] = call->operands[i].length;
  }
  if (!read_shapes(call->numbers, ground_classes, lengths, problem)) return false;
  problem->ground = ground;
  const auto floats = [call](Argument which) {
    const uint32_t begin = call->operands[which].begin;
    return begin == 0 ? nullptr : reinterpret_cast<float*>(reinterpret_cast<char*>(call) + begin);
  };
  problem->predictions = floats(kPredictions);
  problem->targets = floats(kTargets);
  problem->gradient = floats(kGradient);
  problem->losses = floats(kLosses);
  problem->class_weights = floats(kClassWeights);
  problem->sample_weights = floats(kSampleWeights);
  problem->upstream_rows = floats(kUpstream);
  return true;
}

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
  semd_problem problem;
  if (!read_call(ground, ground_classes, target_kind, call, &problem)) return;
  semd_result result{};
  const semd_status status = semd_cpu_backend()->loss(&problem, &result);
  write_result(call->numbers, status, result);
}

// The same in stretches of rows, whose predictions need not be there but for their stretch: only their length is read here.
// Null, with the numbers written, if there is nothing to run.
SEMD_EXPORT(beginCall)
Run* semd_wasm_begin_call(const semd_ground* ground, int32_t ground_classes, int32_t target_kind, CallMemory* call) {
  auto* run = new Run(call->numbers);
  if (read_call(ground, ground_classes, target_kind, call, &run->problem)) {
    const semd_status status = run->loss.begin(LossRun::Rows::kMoved);
    if (status == SEMD_OK && run->loss.stretches() > 0) return run;
    if (status == SEMD_OK) run->loss.finish();
    write_result(call->numbers, status, run->result);
  }
  delete run;
  return nullptr;
}

SEMD_EXPORT(stretches) double semd_wasm_stretches(const Run* run) { return static_cast<double>(run->loss.stretches()); }

SEMD_EXPORT(firstRow) double semd_wasm_first_row(const Run* run, double stretch) {
  return static_cast<double>(run->loss.first_row(static_cast<int64_t>(stretch)));
}

// `predictions`: those of the stretch's rows, whose place the gradient takes if it is wanted.
SEMD_EXPORT(runStretch) void semd_wasm_run_stretch(Run* run, double stretch, float* predictions) {
  run->loss.run(static_cast<int64_t>(stretch), predictions, run->problem.gradient ? predictions : nullptr);
}

SEMD_EXPORT(finishCall) void semd_wasm_finish_call(Run* run) {
  run->loss.finish();
  write_result(run->numbers, SEMD_OK, run->result);
  delete run;
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
