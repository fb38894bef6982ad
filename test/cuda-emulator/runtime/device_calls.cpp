// What the headers that kernels include call.
#include "cuda_emulator/memory.h"
#include "cuda_emulator/threads.h"
#include "cluster.h"
#include "report.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace cuda_emulator {

int block_barrier(bool predicate, Site site) { return block().barrier(predicate, site); }

std::uint64_t warp_operation(WarpOperation operation, unsigned mask, std::uint64_t value, int source, Site site) {
  return block().warp_operation(operation, mask, value, source, site);
}

int shuffle_source(Shuffle shuffle, int operand, int width, Site site) {
  if (width < 1 || width > kLanes || (width & (width - 1))) {
    fail("shuffle at %s: a width of %d is no power of two up to 32", site_text(site).c_str(), width);
  }
  const int lane = block().current().number % kLanes;
  const int first = lane & ~(width - 1);
  const int last = first + width - 1;
  switch (shuffle) {
    case Shuffle::index:
      return first + (operand & (width - 1));
    case Shuffle::up:
      return static_cast<unsigned>(operand) > static_cast<unsigned>(lane - first) ? lane : lane - operand;
    case Shuffle::down:
      return static_cast<unsigned>(operand) > static_cast<unsigned>(last - lane) ? lane : lane + operand;
    default:
      return (lane ^ operand) > last ? lane : (lane ^ operand) & (kLanes - 1);
  }
}

// Lanes need not run together, so a program must not rely on any lane but its own.
unsigned active_lanes() { return 1u << block().current().number % kLanes; }

void* shared_memory() { return block().shared().data(); }

void cluster_barrier(Site site) { cluster().barrier(site); }
unsigned cluster_rank() { return cluster().rank(); }
unsigned cluster_size() { return cluster().size(); }

void* map_shared_rank(void* address, unsigned rank) {
  if (rank >= cluster().size()) fail("maps the shared memory of block %u of a cluster of %u", rank, cluster().size());
  Block& owner = cluster().block(rank);
  if (!owner.has_begun()) fail("maps the shared memory of block %u of its cluster, which has not begun", rank);
  if (owner.has_ended()) fail("maps the shared memory of block %u of its cluster, which has ended", rank);
  const std::ptrdiff_t place = static_cast<char*>(address) - static_cast<char*>(block().shared().data());
  return static_cast<char*>(owner.shared().data()) + place;
}

void check_alignment(const void* address, std::size_t alignment) {
  if (reinterpret_cast<std::uintptr_t>(address) % alignment == 0) return;
  fail("accesses %p, which is not aligned to %zu bytes", address, alignment);
}

// Called where kernels are compiled with -fsanitize=alignment, before an access.
struct Mismatch {
  const char* file;
  std::uint32_t line, column;
  const void* type;
  unsigned char log_alignment;
};
extern "C" void __ubsan_handle_type_mismatch_v1_abort(const Mismatch* mismatch, std::uintptr_t address) {
  check_alignment(reinterpret_cast<const void*>(address), std::size_t{1} << mismatch->log_alignment);
  std::abort();
}

void begin_copy(const AsyncCopy& copy) { block().copies().begin(copy); }
void commit_copies() { block().copies().commit(); }
bool due_copy(std::size_t newer, AsyncCopy* out) { return block().copies().due(newer, out); }

void fence() {
  Thread& self = block().current();
  self.fenced = true;
  for (void*& address : self.atomics) {
    if (address) acquire(address);
    address = nullptr;
  }
}

void before_atomic(void* address) {
  if (block().current().fenced) release(address);
}

void after_atomic(void* address) {
  Thread& self = block().current();
  self.atomics[self.recent++ % 4] = address;
}

}  // namespace cuda_emulator
