#include "pinned_pool.h"

#include <mutex>
#include <new>
#include <vector>

namespace semd::napi {
namespace {

using Block = PinnedBlock::Block;

constexpr size_t kSmallest = size_t{64} << 10;
constexpr size_t kLargestRounded = size_t{16} << 20;
constexpr size_t kKeptBytes = size_t{64} << 20;

// Never destroyed, as blocks may come back while the process ends.
struct Pool {
  std::mutex mutex;
  std::vector<Block> blocks;
};

Pool& ThePool() {
  static Pool* pool = new Pool;
  return *pool;
}

void Free(const semd_cuda_table& cuda, const Block& block) {
  if (block.event) cuda.event_destroy(block.event);
  if (block.memory) cuda.release_pinned(block.memory);
}

// Powers of two, so that blocks can be reused for requests of similar size.
size_t Capacity(size_t bytes) {
  if (bytes > kLargestRounded) return bytes;
  size_t capacity = kSmallest;
  while (capacity < bytes) capacity *= 2;
  return capacity;
}

void SeeWhatHasPassed(const semd_cuda_table& cuda, Pool& pool) {
  for (Block& block : pool.blocks) {
    int32_t passed = 0;
    // If the call fails, the device is lost, and the copy with it.
    if (block.busy && (cuda.event_query(block.event, &passed) != SEMD_OK || passed)) block.busy = false;
  }
}

// Frees idle blocks beyond what is kept, the last ones first.
void FreeSurplus(const semd_cuda_table& cuda, Pool& pool) {
  size_t kept = 0;
  for (const Block& block : pool.blocks) kept += block.capacity;
  for (size_t i = pool.blocks.size(); i-- > 0 && kept > kKeptBytes;) {
    if (pool.blocks[i].busy) continue;
    kept -= pool.blocks[i].capacity;
    Free(cuda, pool.blocks[i]);
    pool.blocks.erase(pool.blocks.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

bool TakeIdle(const semd_cuda_table& cuda, size_t bytes, Block* out) {
  Pool& pool = ThePool();
  const std::lock_guard<std::mutex> lock(pool.mutex);
  SeeWhatHasPassed(cuda, pool);
  auto smallest = pool.blocks.end();
  for (auto block = pool.blocks.begin(); block != pool.blocks.end(); ++block) {
    if (block->busy || block->capacity < bytes) continue;
    if (smallest == pool.blocks.end() || block->capacity < smallest->capacity) smallest = block;
  }
  if (smallest == pool.blocks.end()) return false;
  *out = *smallest;
  pool.blocks.erase(smallest);
  return true;
}

}  // namespace

semd_status PinnedBlock::Allocate(size_t bytes) {
  if (bytes == 0 || TakeIdle(cuda_, bytes, &block_)) return SEMD_OK;
  void* memory = nullptr;
  const semd_status status = cuda_.allocate_pinned(Capacity(bytes), &memory);
  if (status == SEMD_OK) block_ = Block{static_cast<char*>(memory), Capacity(bytes), nullptr, -1, false};
  return status;
}

semd_status PinnedBlock::KeepBusy(int32_t device, void* stream) {
  if (!block_.memory) return SEMD_OK;
  const semd_status status = Mark(device, stream);
  block_.busy = status == SEMD_OK;
  // Without an event to wait for, the pool would hand out the memory while copies still read it.
  if (!block_.busy) cuda_.stream_synchronize(device, stream);
  return status;
}

semd_status PinnedBlock::Mark(int32_t device, void* stream) {
  if (block_.device != device) {
    if (block_.event) cuda_.event_destroy(block_.event);
    block_.event = nullptr;
    const semd_status status = cuda_.event_create(device, &block_.event);
    if (status != SEMD_OK) return status;
    block_.device = device;
  }
  return cuda_.event_record(device, block_.event, stream);
}

PinnedBlock::~PinnedBlock() {
  if (!block_.memory) return;
  Pool& pool = ThePool();
  const std::lock_guard<std::mutex> lock(pool.mutex);
  try {
    pool.blocks.push_back(block_);
  } catch (const std::bad_alloc&) {
    Free(cuda_, block_);  // waits for copies that are under way
    return;
  }
  SeeWhatHasPassed(cuda_, pool);
  FreeSurplus(cuda_, pool);
}

}  // namespace semd::napi
