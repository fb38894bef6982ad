// The CPU backend: the functions of its table, and threads.
#include <atomic>

#include "../../core/no_throw.h"
#include "../../core/ground.h"
#include "../instruction_set.h"
#include "../rows/row_kinds.h"
#include "../rows/rows_check.h"
#include "../threads/thread_count.h"
#include "../threads/threads.h"
#include "loss_run.h"

namespace semd {
namespace {

std::atomic<int32_t> default_threads{0};

int32_t threads_or_default(int32_t threads) {
  if (threads <= 0) threads = default_threads.load(std::memory_order_relaxed);
  if (threads > 0) return threads;
  static const int32_t processors = available_processors();
  return processors;
}

semd_status loss(const semd_problem* problem, semd_result* result) {
  LossRun run(*problem, *result, nullptr);
  const semd_status status = run.begin(LossRun::Rows::kInPlace);
  if (status != SEMD_OK) return status;
  if (run.stretches() > 0) run.run(0, problem->predictions, problem->gradient);
  run.finish();
  return SEMD_OK;
}

semd_status ground_create(const semd_ground_description* description, semd_ground** out) {
  return create_ground(*description, true, out);
}

void ground_destroy(semd_ground* ground) { delete ground; }

}  // namespace

int64_t threads_for(int32_t threads, int64_t elements, int64_t each) {
  const int64_t wanted = threads_or_default(threads), useful = 1 + elements / each;
  return wanted < useful ? wanted : useful;
}

}  // namespace semd

extern "C" {

const semd_backend* semd_cpu_backend(void) {
  static const semd_backend backend = {SEMD_ABI_VERSION, semd::not_throwing<semd::ground_create>,
                                       semd::not_throwing<semd::ground_destroy>, semd::not_throwing<semd::loss>};
  return &backend;
}

semd_status semd_cpu_check(const semd_problem* problem, semd_result* result) {
  return semd::no_throw([&] {
    *result = semd_result{};
    double total = 0;
    return semd::check_rows(*problem, problem->outer * problem->inner, *result, total);
  });
}

semd_status semd_cpu_row_kinds(const semd_problem* problem, int32_t* kinds) {
  return semd::no_throw([&] {
    semd::find_row_kinds(*problem, problem->outer * problem->inner, kinds);
    return SEMD_OK;
  });
}

void semd_cpu_set_threads(int32_t threads) { semd::default_threads.store(threads < 0 ? 0 : threads); }
int32_t semd_cpu_threads(void) { return semd::threads_or_default(0); }
const char* semd_cpu_isa(void) { return semd::kernels().name; }
const char* semd_cpu_refused_isa(void) { return semd::refused_instruction_set(); }
int64_t semd_cpu_multiply_adds(int64_t count) {
  float state[semd::kMultiplyAddState];
  for (int i = 0; i < semd::kMultiplyAddState; i++) state[i] = static_cast<float>(i) / semd::kMultiplyAddState;
  return semd::kernels().multiply_adds(count, state);
}
const char* semd_cpu_isa_name(int32_t index) { return semd::instruction_set_name(index); }

}  // extern "C"
