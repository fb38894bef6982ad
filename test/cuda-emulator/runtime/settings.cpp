#include "settings.h"

#include <cstdlib>

#include "devices.h"
#include "report.h"

namespace cuda_emulator {
namespace {

std::int64_t read(const char* name, std::int64_t otherwise) {
  const char* text = std::getenv(name);
  if (!text || !*text) return otherwise;
  char* end;
  const long long value = std::strtoll(text, &end, 10);
  if (*end || value < 0) fail("%s=%s is not a whole number", name, text);
  return value;
}

}  // namespace

const Settings& settings() {
  static const Settings settings{
      static_cast<std::uint64_t>(read("CUDA_EMULATOR_SEED", 1)),
      static_cast<int>(read("CUDA_EMULATOR_DEVICES", 2)),
      static_cast<int>(read("CUDA_EMULATOR_DRIVER", kRuntimeVersion)),
      static_cast<std::uint64_t>(read("CUDA_EMULATOR_MEMORY", std::int64_t(1) << 32)),
      static_cast<int>(read("CUDA_EMULATOR_MULTIPROCESSORS", 4)),
      static_cast<int>(read("CUDA_EMULATOR_SHARED_MEMORY", kSharedPerBlockOptin)),
      read("CUDA_EMULATOR_POOLS", 1) != 0,
      read("CUDA_EMULATOR_NO_KERNEL_IMAGE", 0) != 0,
      read("CUDA_EMULATOR_FAIL_KERNEL", 0),
  };
  return settings;
}

}  // namespace cuda_emulator
