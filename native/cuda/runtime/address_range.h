// The allocation that device memory belongs to. Only the driver's interface knows it; it is reached through the runtime, so
// that the library need not be linked to the driver.
#pragma once

#include <cstddef>
#include <cstdint>

namespace semd::cuda {

struct AddressRange {
  uint64_t base;
  size_t bytes;
};

// False if the driver does not know. The device must be current.
bool address_range(const void* memory, AddressRange* out);

}  // namespace semd::cuda
