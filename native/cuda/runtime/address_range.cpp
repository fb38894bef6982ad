#include "address_range.h"

#include <cuda_runtime.h>

namespace semd::cuda {
namespace {

using GetAddressRange = int (*)(uint64_t* base, size_t* bytes, uint64_t memory);

GetAddressRange find() {
  void* function = nullptr;
  cudaDriverEntryPointQueryResult found{};
  constexpr unsigned int kSince = 3020;  // the first version with 64-bit sizes
  const cudaError_t error =
      cudaGetDriverEntryPointByVersion("cuMemGetAddressRange", &function, kSince, cudaEnableDefault, &found);
  if (error != cudaSuccess) (void)cudaGetLastError();
  return error == cudaSuccess && found == cudaDriverEntryPointSuccess ? reinterpret_cast<GetAddressRange>(function)
                                                                      : nullptr;
}

}  // namespace

bool address_range(const void* memory, AddressRange* out) {
  static const GetAddressRange get = find();
  return get && get(&out->base, &out->bytes, reinterpret_cast<uint64_t>(memory)) == 0;
}

}  // namespace semd::cuda
