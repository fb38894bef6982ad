// Always inlined: functions that only prefetch, as GCC believes that they have no effect and drops calls that it has not
// inlined by then; functions that take the state of a group of rows, a kilobyte, as a call made problems of few classes 40%
// slower; and functions that only choose among others, which must not come between those and their callers.
// Never inlined: what is rare and would keep something frequent from being inlined.
#pragma once

#if defined(_MSC_VER) && !defined(__clang__)
#define SEMD_ALWAYS_INLINE __forceinline
#define SEMD_NEVER_INLINE __declspec(noinline)
#else
#define SEMD_ALWAYS_INLINE inline __attribute__((always_inline))
#define SEMD_NEVER_INLINE __attribute__((noinline))
#endif
