// The words that CUDA adds to C++.
#pragma once

#define __host__
#define __device__
#define __global__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(n) alignas(n)
#define __launch_bounds__(...)
#define __grid_constant__
// Static shared memory could be neither poisoned nor guarded; native/cuda/block/shared_memory.h offers dynamic shared memory.
#define __shared__ _Pragma("GCC error \"static shared memory is not emulated: use shared_memory<T>()\"")
