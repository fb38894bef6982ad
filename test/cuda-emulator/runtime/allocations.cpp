#include "allocations.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "guard.h"
#include "sanitizers.h"
#include "settings.h"

namespace cuda_emulator {
namespace {

constexpr std::size_t kAlignment = 256;
constexpr std::size_t kFreedCount = 4096;
constexpr std::size_t kFreedBytes = std::size_t(1) << 40;
constexpr int kPinned = -1;  // stands for a device in `used_`

int account(const Allocation& allocation) {
  return allocation.kind == MemoryKind::pinned ? kPinned : allocation.device;
}

std::size_t before(const Allocation& a) { return static_cast<std::size_t>(a.data - a.inside()); }
std::size_t behind(const Allocation& a) { return a.inside_bytes() - before(a) - a.bytes; }

void protect(const Allocation& allocation, int protection) {
  mprotect(allocation.inside(), allocation.inside_bytes(), protection);
}

// The memory must be accessible.
void fill(const Allocation& a) {
  std::memset(a.data, kPoison, a.bytes);
  write_guard(a.inside(), before(a));
  write_guard(a.data + a.bytes, behind(a));
}

void forbid_guards(const Allocation& a) {
  forbid(a.inside(), before(a));
  forbid(a.data + a.bytes, behind(a));
}

const char* kind_text(const Allocation& allocation) {
  return allocation.kind == MemoryKind::pinned ? "pinned host memory" : "device memory";
}

}  // namespace

unsigned char* Allocation::inside() const { return mapping + page_bytes(); }
std::size_t Allocation::inside_bytes() const { return mapping_bytes - 2 * page_bytes(); }

// Never destroyed, as threads may still use device memory while the process ends.
Allocations& allocations() {
  static Allocations* only = new Allocations;
  return *only;
}

Allocation& Allocations::add(Allocation allocation) {
  used_[account(allocation)] += allocation.bytes;
  return all_[allocation.mapping] = allocation;
}

Allocation* Allocations::create(MemoryKind kind, int device, std::size_t bytes) {
  Allocation a{};
  a.kind = kind;
  a.device = device;
  a.bytes = bytes;
  if (bytes > settings().memory || used_[account(a)] > settings().memory - bytes) return nullptr;
  const std::size_t aligned = round_up(bytes, kAlignment);
  a.mapping_bytes = round_up(aligned, page_bytes()) + 2 * page_bytes();
  void* memory = mmap(nullptr, a.mapping_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  a.mapping = static_cast<unsigned char*>(memory);
  a.data = a.inside() + a.inside_bytes() - aligned;
  madvise(a.inside(), a.inside_bytes(), MADV_HUGEPAGE);  // poisoning touches all of it
  a.reached = kind != MemoryKind::pooled;
  Allocation& added = add(a);
  if (added.reached) reach(added);
  return &added;
}

void Allocations::reach(Allocation& allocation) {
  allocation.reached = true;
  protect(allocation, PROT_READ | PROT_WRITE);
  fill(allocation);
  forbid_guards(allocation);
  if (allocation.on_device()) {
    protect(allocation, PROT_NONE);
  } else {
    allocation.accessible = true;
    accessible_.push_back(&allocation);
  }
}

void Allocations::release(Allocation& allocation) {
  used_[account(allocation)] -= allocation.bytes;
  allocation.freed = true;
  accessible_.erase(std::remove(accessible_.begin(), accessible_.end(), &allocation), accessible_.end());
  permit(allocation.inside(), allocation.inside_bytes());
  // Maps over the old mapping, which releases its pages but keeps the addresses taken.
  mmap(allocation.mapping, allocation.mapping_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
       -1, 0);
  if (allocation.file >= 0) close(allocation.file);
  freed_.push_back(allocation.mapping);
  freed_bytes_ += allocation.mapping_bytes;
  if (freed_.size() > kFreedCount || freed_bytes_ > kFreedBytes) forget_oldest();
}

void Allocations::forget_oldest() {
  const auto oldest = all_.find(freed_.front());
  freed_.pop_front();
  freed_bytes_ -= oldest->second.mapping_bytes;
  munmap(oldest->second.mapping, oldest->second.mapping_bytes);
  all_.erase(oldest);
}

const Allocation* Allocations::find_mapping(const void* address) const {
  const auto* byte = static_cast<const unsigned char*>(address);
  auto next = all_.upper_bound(byte);
  if (next == all_.begin()) return nullptr;
  const Allocation& a = (--next)->second;
  return byte < a.mapping + a.mapping_bytes ? &a : nullptr;
}

Allocation* Allocations::find(const void* pointer) {
  const Allocation* found = find_mapping(pointer);
  const auto* byte = static_cast<const unsigned char*>(pointer);
  if (!found || found->freed || byte < found->data || byte > found->data + found->bytes) return nullptr;
  return const_cast<Allocation*>(found);
}

void Allocations::open(unsigned devices) {
  if (devices == open_) return;
  open_ = devices;
  const auto closes = [=](const Allocation* a) { return a->on_device() && !a->belongs_to(devices); };
  for (Allocation* a : accessible_) {
    if (!closes(a)) continue;
    protect(*a, PROT_NONE);
    a->accessible = false;
  }
  accessible_.erase(std::remove_if(accessible_.begin(), accessible_.end(), closes), accessible_.end());
}

bool Allocations::touch(const void* address) {
  Allocation* a = find(address);
  if (!a || a->accessible || !a->belongs_to(open_)) return false;
  protect(*a, PROT_READ | PROT_WRITE);
  a->accessible = true;
  accessible_.push_back(a);
  return true;
}

std::string Allocations::find_damage() const {
  for (const Allocation* a : accessible_) {
    if (a->kind == MemoryKind::imported) continue;
    const unsigned char* damage = cuda_emulator::find_damage(a->inside(), before(*a));
    if (!damage) damage = cuda_emulator::find_damage(a->data + a->bytes, behind(*a));
    if (damage) return describe(damage);
  }
  return "";
}

std::size_t Allocations::used(int device) const {
  const auto found = used_.find(device);
  return found == used_.end() ? 0 : found->second;
}

std::string Allocations::describe(const void* address) const {
  const Allocation* a = find_mapping(address);
  if (!a) return "";
  char text[256];
  const char* state = a->freed      ? ", which has been freed"
                      : !a->reached ? ", whose allocation the stream has not come to"
                                    : "";
  std::snprintf(text, sizeof text, "at byte %td of %zu bytes of %s (device %d)%s",
                static_cast<const unsigned char*>(address) - a->data, a->bytes, kind_text(*a), a->device, state);
  return text;
}

bool Allocations::is_device_memory(const void* address) const {
  const Allocation* found = find_mapping(address);
  return found && found->on_device();
}

bool Allocations::share(Allocation& a) {
  if (a.file >= 0) return true;
  const int file = memfd_create("cuda-emulator", MFD_CLOEXEC);
  if (file < 0) return false;
  protect(a, PROT_READ | PROT_WRITE);
  permit(a.inside(), a.inside_bytes());
  const std::size_t bytes = a.inside_bytes();
  std::size_t written = 0;
  while (written < bytes) {
    const ssize_t more = write(file, a.inside() + written, bytes - written);
    if (more <= 0) break;
    written += static_cast<std::size_t>(more);
  }
  if (written == bytes) {
    mmap(a.inside(), bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
    a.file = file;
  } else {
    close(file);
  }
  forbid_guards(a);
  protect(a, PROT_NONE);
  return written == bytes;
}

Allocation* Allocations::import(int device, std::size_t bytes, std::size_t mapping_bytes, std::size_t offset,
                                int file) {
  Allocation a{};
  a.kind = MemoryKind::imported;
  a.device = device;
  a.bytes = bytes;
  a.mapping_bytes = mapping_bytes;
  void* memory = mmap(nullptr, mapping_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  a.mapping = static_cast<unsigned char*>(memory);
  a.data = a.inside() + offset;
  if (mmap(a.inside(), a.inside_bytes(), PROT_NONE, MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED) return nullptr;
  return &add(a);
}

}  // namespace cuda_emulator
