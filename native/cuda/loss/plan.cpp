#include "plan.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <tuple>
#include <vector>

#include "../block/shared_sizes.h"
#include "../runtime/errors.h"
#include "../runtime/scratch.h"

namespace semd::cuda {
namespace {

constexpr size_t kSharedWithoutOptIn = 48 << 10;
constexpr int kFewestThreadsPerRow = 64;
// Up to here a multiplication finds the row of an element of a span (StageSlots in stage.cuh). No device could stage more.
constexpr int kMostStagedClasses = 65536;

// Rows of more classes fill a multiprocessor alone, or have to be read again: clusters share them. With up to so much shared
// memory for each of its blocks, a multiprocessor has two of them.
constexpr int kLongRow = 16000;
constexpr size_t kMostSharedOfTwo = 112 << 10;

// No GPU has timed clusters yet, so they have to be asked for.
bool clusters_are_wanted() {
  static const bool wanted = [] {
    const char* value = std::getenv("SQUARED_EMD_CUDA_CLUSTERS");
    return value && std::strcmp(value, "1") == 0;
  }();
  return wanted;
}

int quotient_up(int a, int b) { return (a + b - 1) / b; }

// A launch, but for its grid.
struct Shape {
  const LossKernel* kernel;
  int threads, groups, stages;
  size_t shared;     // bytes, with one stage per span
  size_t stage;      // bytes of one stage per span, included in `shared`
  size_t workspace;  // bytes that trees need, in shared memory if they fit
};

Shape shape_of(const RowProblem& problem, const LossKernel& kernel) {
  Shape shape{};
  shape.kernel = &kernel;
  shape.stages = 1;
  shape.threads = kernel.threads;
  if (kernel.group_size == 0) {
    const int busy = quotient_up(problem.classes, kernel.vector);
    shape.threads = std::min(kernel.threads, std::max(kFewestThreadsPerRow, quotient_up(busy, 32) * 32));
  }
  const int group = kernel.group_size == 0 ? shape.threads * kernel.cluster : kernel.group_size;
  shape.groups = kernel.group_size == 0 ? 1 : shape.threads / group;
  shape.shared = kSumBytes;
  if (kernel.numbers_per_tile) {
    shape.shared += shared_store_bytes(quotient_up(problem.classes, group * kernel.vector), shape.threads, kernel.numbers_per_tile);
  }
  if (kernel.chunk) {
    shape.shared += kernel.raw_bytes(kernel.chunk, quotient_up(problem.classes, kernel.chunk), shape.threads);
  } else if (kernel.raw_bytes) {
    shape.shared += kernel.raw_bytes(problem.classes, group, shape.threads);
  }
  if (kernel.staged) {
    const int rows = rows_of_span(kernel.group_size);
    shape.stage = stage_bytes(rows, problem.classes) * static_cast<size_t>(shape.groups / rows);
  }
  shape.shared += shape.stage;
  if (kernel.needs_workspace) {
    shape.workspace = static_cast<size_t>(tree_workspace(problem.classes)) * sizeof(double) * static_cast<size_t>(shape.groups);
  }
  return shape;
}

// The first kernel for this number of classes whose rows fit into shared memory. The last in the list serves any problem and
// needs no shared memory for rows.
Shape first_that_fits(const std::vector<LossKernel>& kernels, const RowProblem& problem, const Device& device) {
  for (const LossKernel& kernel : kernels) {
    if (problem.classes > kernel.classes && &kernel != &kernels.back()) continue;
    if (problem.classes < kernel.fewest) continue;
    if (kernel.staged && problem.classes > kMostStagedClasses) continue;
    if (kernel.serves && !kernel.serves(problem)) continue;
    const Shape shape = shape_of(problem, kernel);
    if (shape.shared <= device.shared_memory_opt_in || &kernel == &kernels.back()) return shape;
  }
  return {};
}

// The smallest cluster whose blocks leave room for another on their multiprocessors, or else the largest. False if rows are not
// for clusters.
bool find_cluster(const std::vector<LossKernel>& kernels, const RowProblem& problem, const Device& device, Shape* out) {
  if (problem.classes <= kLongRow || device.major < 9 || !clusters_are_wanted()) return false;
  bool found = false;
  for (const LossKernel& kernel : kernels) {
    if (!kernel.serves(problem)) continue;
    const Shape shape = shape_of(problem, kernel);
    if (shape.shared > device.shared_memory_opt_in) continue;
    *out = shape;
    found = true;
    if (shape.shared <= kMostSharedOfTwo) break;
  }
  return found;
}

// From the occupancy calculator, which is asked only once per kernel and size, as that takes longer than a small launch.
semd_status blocks_per_multiprocessor(const Device& device, const Shape& shape, size_t shared, int* out) {
  using Key = std::tuple<int32_t, const LossKernel*, int, size_t>;
  static std::mutex mutex;
  static auto& known = *new std::map<Key, int>;
  const std::lock_guard<std::mutex> lock(mutex);
  const Key key(device.index, shape.kernel, shape.threads, shared);
  const auto found = known.find(key);
  if (found != known.end()) {
    *out = found->second;
    return SEMD_OK;
  }
  for (const auto kernel : {shape.kernel->function, shape.kernel->first_pass}) {
    if (!kernel || shared <= kSharedWithoutOptIn) continue;
    const void* function = reinterpret_cast<const void*>(kernel);
    const semd_status status = check(cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                          static_cast<int>(device.shared_memory_opt_in)),
                                     "cudaFuncSetAttribute");
    if (status != SEMD_OK) return status;
  }
  const semd_status status =
      check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(out, shape.kernel->function, shape.threads, shared),
            "cudaOccupancyMaxActiveBlocksPerMultiprocessor");
  if (status == SEMD_OK) known[key] = *out = std::max(1, std::min(*out, 32));
  return status;
}

// How many clusters a device has room for: as they are not scattered over it, that is for the occupancy calculator, too. 0 if
// there is no place for one.
semd_status clusters_at_once(const Device& device, const Shape& shape, int* out) {
  int resident = 0;
  const semd_status prepared = blocks_per_multiprocessor(device, shape, shape.shared, &resident);
  if (prepared != SEMD_OK) return prepared;
  using Key = std::tuple<int32_t, const LossKernel*, size_t>;
  static std::mutex mutex;
  static auto& known = *new std::map<Key, int>;
  const std::lock_guard<std::mutex> lock(mutex);
  const Key key(device.index, shape.kernel, shape.shared);
  const auto found = known.find(key);
  if (found != known.end()) {
    *out = found->second;
    return SEMD_OK;
  }
  cudaLaunchAttribute size = cluster_attribute(shape.kernel->cluster);
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(shape.kernel->cluster));
  config.blockDim = dim3(static_cast<unsigned>(shape.threads));
  config.dynamicSmemBytes = shape.shared;
  config.attrs = &size;
  config.numAttrs = 1;
  const semd_status status = check(cudaOccupancyMaxActiveClusters(out, shape.kernel->function, &config),
                                   "cudaOccupancyMaxActiveClusters");
  if (status == SEMD_OK) known[key] = *out = std::min(*out, 32 * device.multiprocessors / shape.kernel->cluster);
  return status;
}

// Where spans arrive by asynchronous copies, a second stage lets the next span arrive while one is worked on. That is not worth
// more than a third of the resident blocks, which hide the latency of memory just as well.
semd_status choose_stages(const RowProblem& problem, const Device& device, Shape* shape, int64_t needed, int* resident) {
  semd_status status = blocks_per_multiprocessor(device, *shape, shape->shared, resident);
  const size_t with_second = shape->shared + shape->stage;
  const bool once = needed <= static_cast<int64_t>(device.multiprocessors) * *resident;
  const bool copies = shape->kernel->staged && problem.float_type == SEMD_FLOAT32 && problem.inner == 1 && device.major >= 8;
  if (status != SEMD_OK || !copies || once || with_second > device.shared_memory_opt_in) return status;
  int with_two = 0;
  status = blocks_per_multiprocessor(device, *shape, with_second, &with_two);
  if (status != SEMD_OK || 3 * with_two < 2 * *resident) return status;
  *resident = with_two;
  shape->stages = 2;
  shape->shared = with_second;
  return SEMD_OK;
}

}  // namespace

cudaLaunchAttribute cluster_attribute(int blocks) {
  cudaLaunchAttribute size{};
  size.id = cudaLaunchAttributeClusterDimension;
  size.val.clusterDim.x = static_cast<unsigned>(blocks);
  size.val.clusterDim.y = size.val.clusterDim.z = 1;
  return size;
}

semd_status make_plan(const LossKernels& kernels, const RowProblem& problem, const Device& device, Plan* out) {
  const bool pixels = problem.inner > 1 && !kernels.pixels.empty();
  Shape shape{};
  int clusters = 0;
  if (!pixels && find_cluster(kernels.clusters, problem, device, &shape)) {
    const semd_status status = clusters_at_once(device, shape, &clusters);
    if (status != SEMD_OK) return status;
  }
  if (clusters == 0) shape = first_that_fits(pixels ? kernels.pixels : kernels.rows, problem, device);
  const int cluster = shape.kernel->cluster;
  const bool workspace_fits = shape.shared + shape.workspace <= device.shared_memory_opt_in;
  if (workspace_fits) shape.shared += shape.workspace;
  const size_t gaps = sizeof(float) * static_cast<size_t>(problem.classes);
  const bool copies_gaps =
      shape.kernel->copies_gaps && problem.ground.gaps && shape.shared + gaps <= device.shared_memory_opt_in;
  if (copies_gaps) shape.shared += gaps;
  const int64_t needed = (problem.rows + shape.groups - 1) / shape.groups * cluster;
  int resident = 0;
  const semd_status status = choose_stages(problem, device, &shape, needed, &resident);
  if (status != SEMD_OK) return status;
  int64_t most = static_cast<int64_t>(device.multiprocessors) * resident;
  if (clusters > 0) most = static_cast<int64_t>(clusters) * cluster;
  if (!workspace_fits) most = std::min(most, static_cast<int64_t>(max_workspace(device) / shape.workspace));
  Plan plan{};
  plan.kernel = shape.kernel;
  plan.threads = shape.threads;
  plan.stages = shape.stages;
  plan.gaps_in_shared = copies_gaps;
  plan.shared_bytes = shape.shared;
  plan.blocks = static_cast<int>(std::max<int64_t>(cluster, std::min(needed, most)));
  plan.workspace_bytes = workspace_fits ? 0 : shape.workspace * static_cast<size_t>(plan.blocks);
  if (plan.kernel->first_pass) plan.product_bytes = 2 * sizeof(float) * static_cast<size_t>(energy_pitch(problem.classes));
  *out = plan;
  return SEMD_OK;
}

}  // namespace semd::cuda
