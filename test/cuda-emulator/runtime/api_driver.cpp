#include <cstdint>
#include <cstring>

#include "allocations.h"
#include "runtime.h"

using namespace cuda_emulator;

namespace {

int address_range(std::uint64_t* base, std::size_t* bytes, std::uint64_t pointer) {
  const std::lock_guard lock(runtime_mutex());
  const Allocation* found = allocations().find(reinterpret_cast<const void*>(pointer));
  if (!found) return cudaErrorInvalidValue;
  *base = reinterpret_cast<std::uint64_t>(found->data);
  *bytes = found->bytes;
  return cudaSuccess;
}

}  // namespace

cudaError_t cudaGetDriverEntryPointByVersion(const char* symbol, void** function, unsigned, unsigned long long,
                                             cudaDriverEntryPointQueryResult* result) {
  return call([=] {
    const bool known = std::strcmp(symbol, "cuMemGetAddressRange") == 0;
    *function = known ? reinterpret_cast<void*>(&address_range) : nullptr;
    if (result) *result = known ? cudaDriverEntryPointSuccess : cudaDriverEntryPointSymbolNotFound;
    return cudaSuccess;
  });
}
