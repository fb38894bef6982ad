#include "host_block.h"

#include <cstring>
#include <mutex>
#include <new>

namespace semd::napi {
namespace {

constexpr size_t kKeptBlocks = 4;
constexpr size_t kLargestKept = size_t{16} << 20;

struct Block {
  char* memory;
  size_t capacity;
};

// Never destroyed, as blocks may come back while the process ends.
struct Pool {
  std::mutex mutex;
  Block blocks[kKeptBlocks] = {};
};

Pool& ThePool() {
  static Pool* pool = new Pool;
  return *pool;
}

void Free(char* memory) { ::operator delete(memory, std::align_val_t{HostBlock::kAlignment}); }

}  // namespace

HostBlock::HostBlock(size_t bytes) : block_(nullptr), capacity_(Aligned(bytes)) {
  if (capacity_ <= kLargestKept) {
    Pool& pool = ThePool();
    const std::lock_guard<std::mutex> lock(pool.mutex);
    Block* smallest = nullptr;
    for (Block& block : pool.blocks) {
      if (block.memory && block.capacity >= capacity_ && (!smallest || block.capacity < smallest->capacity)) {
        smallest = &block;
      }
    }
    if (smallest) {
      block_ = smallest->memory;
      capacity_ = smallest->capacity;
      *smallest = Block{};
      return;
    }
  }
  block_ = static_cast<char*>(::operator new(capacity_, std::align_val_t{kAlignment}));
}

HostBlock::~HostBlock() {
  char* unwanted = block_;
  if (capacity_ <= kLargestKept) {
    Pool& pool = ThePool();
    const std::lock_guard<std::mutex> lock(pool.mutex);
    // Keeps the block in an empty place, or in that of the smallest block if this one is larger.
    Block* place = &pool.blocks[0];
    for (Block& block : pool.blocks) {
      if (block.capacity < place->capacity) place = &block;
    }
    if (place->capacity < capacity_) {
      unwanted = place->memory;
      *place = Block{block_, capacity_};
    }
  }
  Free(unwanted);
}

void* HostBlock::Take(size_t bytes) {
  void* start = block_ + used_;
  used_ += Aligned(bytes);
  return start;
}

void* HostBlock::Copy(const View& view) {
  void* copy = Take(view.Bytes());
  if (view.length != 0) std::memcpy(copy, view.data, view.Bytes());
  return copy;
}

}  // namespace semd::napi
