// Always: functions that do nothing but prefetch, as GCC takes them for functions without any effect, and drops their calls
// where it has not inlined them by then; those that take the state of a group of rows, a kilobyte, where a call made few
// classes 40% slower; and those that only choose between functions that were inlined in their place. Never: what is rare,
// and would keep something frequent from being inlined.
#pragma once

#if defined(_MSC_VER) && !defined(__clang__)
#define SEMD_ALWAYS_INLINE __forceinline
#define SEMD_NEVER_INLINE __declspec(noinline)
#else
#define SEMD_ALWAYS_INLINE inline __attribute__((always_inline))
#define SEMD_NEVER_INLINE __attribute__((noinline))
#endif
