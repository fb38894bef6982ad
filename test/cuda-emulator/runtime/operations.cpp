#include "operations.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "cluster.h"
#include "orders.h"
#include "report.h"
#include "runtime.h"
#include "sanitizers.h"
#include "settings.h"

namespace cuda_emulator {
namespace {

bool is_done(const std::shared_ptr<Operation>& operation) { return operation->done; }

}  // namespace

void expect_no_damage_by_host() {
  const std::string damage = allocations().find_damage();
  if (!damage.empty()) fail("host code wrote outside of its memory, %s", damage.c_str());
}

KernelOperation::KernelOperation(int device, Launch launch)
    : Operation(device),
      launch_(std::move(launch)),
      clusters_(std::uint64_t(launch_.grid.x / launch_.cluster) * launch_.grid.y * launch_.grid.z) {}

std::shared_ptr<Operation> KernelOperation::copy() const {
  return std::make_shared<KernelOperation>(device(), launch_);
}

uint3 KernelOperation::place(std::uint64_t index) const {
  const unsigned across = launch_.grid.x / launch_.cluster, down = launch_.grid.y;
  return {static_cast<unsigned>(index % across) * launch_.cluster, static_cast<unsigned>(index / across % down),
          static_cast<unsigned>(index / across / down)};
}

bool KernelOperation::step() {
  static std::int64_t kernels_run = 0;
  if (next_ == 0) {
    expect_no_damage_by_host();
    if (++kernels_run == settings().fail_kernel) {
      set_sticky_error(device(), cudaErrorIllegalAddress);
      return true;
    }
    Random& random = order_of_operations();
    stride_ = 1 + random.next() % clusters_;
    while (std::gcd(stride_, clusters_) != 1) stride_++;
    offset_ = random.next() % clusters_;
  }
  allocations().open(1u << device());
  const std::uint64_t rest = clusters_ - next_;
  Random& random = order_of_operations();
  const std::uint64_t end = next_ + (random.below(2) ? rest : 1 + random.next() % rest);
  for (; next_ < end; next_++) {
    // 128 bits, as a grid may have 2^63 blocks.
    __extension__ using Wide = unsigned __int128;
    cluster().run(launch_, place(static_cast<std::uint64_t>((Wide(next_) * stride_ + offset_) % clusters_)));
  }
  const std::string damage = allocations().find_damage();
  if (!damage.empty()) {
    fail("%s: wrote outside of its memory, %s", kernel_name(launch_.kernel->function()).c_str(), damage.c_str());
  }
  if (next_ < clusters_) return false;
  cluster().order_after();
  return true;
}

CopyOperation::CopyOperation(int device, unsigned devices, void* to, const void* from, std::size_t bytes)
    : Operation(device), devices_(devices), to_(to), from_(from), bytes_(bytes) {}

void CopyOperation::stage() {
  const auto* bytes = static_cast<const unsigned char*>(from_);
  staged_.assign(bytes, bytes + bytes_);
  from_ = nullptr;
}

bool CopyOperation::step() {
  allocations().open(devices_);
  allocations().touch(to_);
  if (from_) allocations().touch(from_);
  const Watched watched;
  std::memmove(to_, from_ ? from_ : staged_.data(), bytes_);
  return true;
}

std::shared_ptr<Operation> CopyOperation::copy() const {
  return std::make_shared<CopyOperation>(device(), devices_, to_, from_, bytes_);
}

FillOperation::FillOperation(int device, unsigned devices, void* memory, int value, std::size_t bytes)
    : Operation(device), devices_(devices), memory_(memory), value_(value), bytes_(bytes) {}

bool FillOperation::step() {
  allocations().open(devices_);
  allocations().touch(memory_);
  const Watched watched;
  std::memset(memory_, value_, bytes_);
  return true;
}

std::shared_ptr<Operation> FillOperation::copy() const {
  return std::make_shared<FillOperation>(device(), devices_, memory_, value_, bytes_);
}

bool MarkOperation::step() {
  time_ = std::chrono::steady_clock::now();
  return true;
}

std::shared_ptr<Operation> MarkOperation::copy() const { return std::make_shared<MarkOperation>(device()); }

bool ReachOperation::step() {
  const Watched watched;
  allocations().reach(allocation_);
  return true;
}

bool ReleaseOperation::step() {
  allocations().release(allocation_);
  return true;
}

GraphOperation::GraphOperation(int device, std::shared_ptr<const std::vector<GraphNode>> nodes)
    : Operation(device), nodes_(std::move(nodes)) {}

std::shared_ptr<Operation> GraphOperation::copy() const { return std::make_shared<GraphOperation>(device(), nodes_); }

bool GraphOperation::step() {
  if (running_.empty()) {
    for (const GraphNode& node : *nodes_) running_.push_back(node.operation->copy());
  }
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < running_.size(); i++) {
    bool free = !running_[i]->done;
    for (const std::size_t before : (*nodes_)[i].after) free = free && running_[before]->done;
    if (free) ready.push_back(i);
  }
  if (ready.empty()) return true;  // a graph without operations
  Operation& chosen = *running_[ready[order_of_operations().below(static_cast<unsigned>(ready.size()))]];
  chosen.done = chosen.step();
  return chosen.done && ready.size() == 1 && std::all_of(running_.begin(), running_.end(), is_done);
}

}  // namespace cuda_emulator
