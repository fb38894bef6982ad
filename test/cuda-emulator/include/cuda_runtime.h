// A stand-in for CUDA's header of this name: an ordinary C++ compiler builds the same .cu files against it, and the
// runtime in ../runtime executes them on the CPU, with stricter checks than a device. Kernels do not use what is missing here:
// static shared memory, float atomics, textures, <<< >>>.
//
// Environment variables (with defaults), read once:
//   CUDA_EMULATOR_SEED             seed of the order of lanes, warps, blocks and streams (1)
//   CUDA_EMULATOR_DEVICES          number of devices (2); 0 plays a driver without a device
//   CUDA_EMULATOR_DRIVER           version of the driver (13000); 0 plays no driver, less than 13000 one that is too old
//   CUDA_EMULATOR_MEMORY           bytes of each device (4294967296)
//   CUDA_EMULATOR_MULTIPROCESSORS  multiprocessors of each device (4)
//   CUDA_EMULATOR_SHARED_MEMORY    bytes of shared memory that a block may have (232448)
//   CUDA_EMULATOR_POOLS            1: stream-ordered allocation is supported; 0: it is not
//   CUDA_EMULATOR_NO_KERNEL_IMAGE  1: the library holds no code for these devices
//   CUDA_EMULATOR_FAIL_KERNEL      n: the n-th kernel that runs ends with an illegal address, sticky as on a device
#pragma once

#define SEMD_CUDA_EMULATOR 1

#include "cuda_emulator/host.h"
#include "cuda_emulator/launch.h"
#include "cuda_emulator/math.h"
#include "cuda_emulator/memory.h"
#include "cuda_emulator/qualifiers.h"
#include "cuda_emulator/threads.h"
#include "cuda_emulator/vectors.h"
