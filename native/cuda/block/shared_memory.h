// The block's dynamic shared memory, the only kind that kernels use: the launch decides its size, and the emulator in
// test/cuda-emulator can poison and guard it. Aligned to 16 bytes; callers divide it into arrays.
#pragma once

#include <cuda_runtime.h>

namespace semd::cuda {

template <class T>
__device__ __forceinline__ T* shared_memory() {
#ifdef SEMD_CUDA_EMULATOR
  return static_cast<T*>(cuda_emulator::shared_memory());
#else
  extern __shared__ __align__(16) unsigned char shared_memory_bytes[];
  return reinterpret_cast<T*>(shared_memory_bytes);
#endif
}

}  // namespace semd::cuda
