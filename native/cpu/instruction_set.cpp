#include "instruction_set.h"

#include <cstdlib>
#include <cstring>
#include <new>

#if defined(_MSC_VER) && (defined(_M_X64) || defined(_M_IX86))
#include <immintrin.h>
#include <intrin.h>
#endif

namespace semd {
namespace {

struct Choice {
  const Kernels* all[3];
  int count = 0;
  Choice() { all[count++] = &baseline_kernels(); }
};

#if defined(_MSC_VER) && defined(_M_X64)
// Whether the operating system, too, supports the registers and saves them (XCR0).
bool saves(unsigned long long mask) {
  int info[4];
  __cpuid(info, 1);
  return (info[2] >> 27 & 1) && (_xgetbv(0) & mask) == mask;
}
bool has_avx2() {
  int info[4];
  __cpuid(info, 1);
  const bool fma = info[2] >> 12 & 1;
  __cpuidex(info, 7, 0);
  return saves(0x6) && fma && (info[1] >> 5 & 1);
}
bool has_avx512() {
  int info[4];
  __cpuidex(info, 7, 0);
  const unsigned need = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;  // F, DQ, BW, VL
  return has_avx2() && saves(0xe6) && (static_cast<unsigned>(info[1]) & need) == need;
}
#elif defined(__x86_64__) && !defined(SEMD_BASELINE_ONLY)
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

const Choice& available() {
  static const Choice choice = [] {
    Choice c;
#if (defined(__x86_64__) || defined(_M_X64)) && !defined(SEMD_BASELINE_ONLY)
    if (has_avx2()) c.all[c.count++] = &avx2_kernels();
    if (has_avx512()) c.all[c.count++] = &avx512_kernels();
#endif
    return c;
  }();
  return choice;
}

struct Chosen {
  const Kernels* kernels;
  const char* refused;
};

// Chosen once per process, with the environment as it is then.
const Chosen& chosen_one() {
  static const Chosen chosen = [] {
    const Choice& choice = available();
    const Kernels* best = choice.all[choice.count - 1];
    const char* wanted = std::getenv("SQUARED_EMD_ISA");
    if (!wanted || !*wanted) return Chosen{best, nullptr};
    for (int i = 0; i < choice.count; i++) {
      if (std::strcmp(choice.all[i]->name, wanted) == 0) return Chosen{choice.all[i], nullptr};
    }
    char* copy = new (std::nothrow) char[std::strlen(wanted) + 1];
    return Chosen{best, copy ? std::strcpy(copy, wanted) : "?"};
  }();
  return chosen;
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = *chosen_one().kernels;
  return chosen;
}

const char* refused_instruction_set() { return chosen_one().refused; }

const char* instruction_set_name(int index) {
  return index >= 0 && index < available().count ? available().all[index]->name : nullptr;
}

}  // namespace semd
