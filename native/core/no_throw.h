// No exception may cross the C ABI: the caller may have been built by another compiler, or be C.
#pragma once

#include "../include/squared_emd.h"

namespace semd {

// Calls `body`, whose only exceptions are those of failed allocations.
template <class Body>
semd_status no_throw(Body body) noexcept {
  try {
    return body();
  } catch (...) {
    return SEMD_OUT_OF_MEMORY;
  }
}

template <auto function>
struct NoThrow;

template <class... Arguments, semd_status (*function)(Arguments...)>
struct NoThrow<function> {
  static semd_status call(Arguments... arguments) noexcept {
    return no_throw([&] { return function(arguments...); });
  }
};

template <class... Arguments, void (*function)(Arguments...)>
struct NoThrow<function> {
  static void call(Arguments... arguments) noexcept {
    no_throw([&] {
      function(arguments...);
      return SEMD_OK;
    });
  }
};

// A function as an entry in a table of the ABI.
template <auto function>
constexpr auto not_throwing = &NoThrow<function>::call;

}  // namespace semd
