#include "plan.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>

#include "errors.h"
#include "scratch.h"

namespace semd::cuda {
namespace {

constexpr size_t kSharedWithoutOptIn = 48 << 10;
constexpr int kFewestThreadsPerRow = 128;

const RowKernel* kernels_for(const RowProblem& problem) {
  const bool index = !problem.distribution(), logits = problem.input == SEMD_LOGITS;
  switch (problem.ground.kind) {
    case SEMD_TREE: return tree_kernels();
    case SEMD_MATRIX: return cost_kernels();
    default: return !(index && logits) ? difference_kernels() : problem.power == 1 ? cost_kernels() : one_pass_kernels();
  }
}

// Layouts in ascending order of the classes they are for; a form takes the first that it comes in.
struct Reach {
  LayoutName layout;
  int classes;
};

constexpr Reach kRows[] = {{kLanes1, 4},   {kLanes2, 8},    {kLanes4, 16},    {kLanes8, 32},
                           {kLanes16, 64}, {kLanes32, 128}, {kLongWarp, 1024}};
constexpr Reach kPixels[] = {{kPixel2, 8}, {kPixel8, 32}};

template <size_t count>
const RowKernel* first_that_reaches(const RowKernel* kernels, const Reach (&reaches)[count], int classes) {
  for (const Reach& reach : reaches) {
    if (classes <= reach.classes && kernels[reach.layout].function) return &kernels[reach.layout];
  }
  return nullptr;
}

int tiles_of(int classes, int group_size) {
  return (classes + group_size * kVectorSize - 1) / (group_size * kVectorSize);
}

struct Shape {
  int threads, groups;
  size_t store, workspace;  // bytes of shared memory; the workspace may go to device memory
};

Shape shape_of(const RowProblem& problem, const RowKernel* kernel, bool in_shared_memory) {
  Shape shape{};
  shape.threads = kernel->threads;
  if (kernel->group_size == 0) {
    const int wanted = (problem.classes + kVectorSize - 1) / kVectorSize;
    shape.threads = std::min(kernel->threads, std::max(kFewestThreadsPerRow, (wanted + 31) / 32 * 32));
  }
  const int group = kernel->group_size == 0 ? shape.threads : kernel->group_size;
  shape.groups = shape.threads / group;
  if (in_shared_memory) shape.store = shared_store_bytes(tiles_of(problem.classes, group), shape.threads);
  if (problem.ground.kind == SEMD_TREE) {
    shape.workspace = static_cast<size_t>(tree_workspace(problem.classes)) * sizeof(double) * static_cast<size_t>(shape.groups);
  }
  return shape;
}

// What the occupancy calculator says, asked once.
semd_status blocks_per_multiprocessor(const RowKernel* kernel, const Device& device, const Plan& plan, int* out) {
  using Key = std::tuple<int32_t, const RowKernel*, int, size_t>;
  static std::mutex mutex;
  static auto& known = *new std::map<Key, int>;
  const std::lock_guard<std::mutex> lock(mutex);
  const Key key(device.index, kernel, plan.threads, plan.shared_bytes);
  const auto found = known.find(key);
  if (found != known.end()) {
    *out = found->second;
    return SEMD_OK;
  }
  const void* function = reinterpret_cast<const void*>(kernel->function);
  if (plan.shared_bytes > kSharedWithoutOptIn) {
    const semd_status status = check(cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                          static_cast<int>(device.shared_memory_opt_in)),
                                     "cudaFuncSetAttribute");
    if (status != SEMD_OK) return status;
  }
  const semd_status status =
      check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(out, kernel->function, plan.threads, plan.shared_bytes),
            "cudaOccupancyMaxActiveBlocksPerMultiprocessor");
  if (status == SEMD_OK) known[key] = *out = std::max(1, std::min(*out, 32));
  return status;
}

}  // namespace

semd_status make_plan(const RowProblem& problem, const Device& device, Plan* out) {
  const RowKernel* kernels = kernels_for(problem);
  const bool pixels = problem.inner > 1 && problem.ground.kind != SEMD_TREE;
  const RowKernel* kernel = pixels ? first_that_reaches(kernels, kPixels, problem.classes)
                                   : first_that_reaches(kernels, kRows, problem.classes);
  if (!kernel) kernel = &kernels[pixels ? kLongPixel : kBlock];

  Shape shape = shape_of(problem, kernel, kernel == &kernels[kBlock] || kernel == &kernels[kLongWarp]);
  if (kSumBytes + shape.store > device.shared_memory_opt_in) {
    kernel = &kernels[kLongBlock];
    shape = shape_of(problem, kernel, false);
  }
  Plan plan{};
  plan.kernel = kernel;
  plan.threads = shape.threads;
  const bool workspace_fits = kSumBytes + shape.store + shape.workspace <= device.shared_memory_opt_in;
  plan.shared_bytes = kSumBytes + shape.store + (workspace_fits ? shape.workspace : 0);
  int resident = 0;
  const semd_status status = blocks_per_multiprocessor(kernel, device, plan, &resident);
  if (status != SEMD_OK) return status;
  const int64_t needed = (problem.rows + shape.groups - 1) / shape.groups;
  int64_t most = device.multiprocessors * resident;
  if (!workspace_fits) most = std::min(most, static_cast<int64_t>(max_workspace(device) / shape.workspace));
  plan.blocks = static_cast<int>(std::max<int64_t>(1, std::min(needed, most)));
  plan.workspace_bytes = workspace_fits ? 0 : shape.workspace * static_cast<size_t>(plan.blocks);
  *out = plan;
  return SEMD_OK;
}

}  // namespace semd::cuda
