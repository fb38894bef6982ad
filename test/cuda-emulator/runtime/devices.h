// The emulated hardware: the limits of an H100, but few multiprocessors, so that small problems fill the device.
#pragma once

#include <cstddef>

namespace cuda_emulator {

constexpr int kComputeMajor = 9, kComputeMinor = 0;
constexpr int kMaximumThreadsPerBlock = 1024;
constexpr int kMaximumBlock[3] = {1024, 1024, 64};
constexpr int kMaximumGrid[3] = {2147483647, 65535, 65535};
constexpr int kThreadsPerMultiprocessor = 2048;
constexpr int kBlocksPerMultiprocessor = 32;
constexpr int kSharedPerBlock = 48 * 1024;  // without opting in to more
constexpr int kSharedPerBlockOptin = 227 * 1024;  // unless the settings say something else
constexpr int kReservedSharedPerBlock = 1024;     // a multiprocessor has as much as a block may have, and this
constexpr unsigned kPortableCluster = 8;
constexpr int kSecondLevelCache = 4 * 1024 * 1024;

}  // namespace cuda_emulator
