#include "report.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "cluster.h"

namespace cuda_emulator {
namespace {

// Looks in the file's full symbol table, as kernels are not exported, and so dladdr does not know them.
std::string symbol_at(const char* path, ElfW(Addr) address) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (bytes.size() < sizeof(ElfW(Ehdr))) return "";
  const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(bytes.data());
  if (header->e_shoff + header->e_shnum * sizeof(ElfW(Shdr)) > bytes.size()) return "";
  const auto* sections = reinterpret_cast<const ElfW(Shdr)*>(bytes.data() + header->e_shoff);
  for (int i = 0; i < header->e_shnum; i++) {
    if (sections[i].sh_type != SHT_SYMTAB) continue;
    const char* names = bytes.data() + sections[sections[i].sh_link].sh_offset;
    const auto* symbols = reinterpret_cast<const ElfW(Sym)*>(bytes.data() + sections[i].sh_offset);
    for (std::size_t k = 0; k < sections[i].sh_size / sizeof(ElfW(Sym)); k++) {
      if (symbols[k].st_value == address && (symbols[k].st_info & 0xf) == STT_FUNC) return names + symbols[k].st_name;
    }
  }
  return "";
}

}  // namespace

std::string kernel_name(const void* function) {
  Dl_info info;
  link_map* map = nullptr;
  if (!dladdr1(function, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) || !map) return "unknown kernel";
  const char* path = *map->l_name ? map->l_name : "/proc/self/exe";
  const std::string symbol = symbol_at(path, reinterpret_cast<ElfW(Addr)>(function) - map->l_addr);
  if (symbol.empty()) return "unknown kernel";
  int status;
  char* demangled = abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status);
  const std::string name = demangled ? demangled : symbol;
  std::free(demangled);
  return name;
}

void fail(const char* format, ...) {
  char what[1024];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  const std::string where = describe_running_thread();
  std::fprintf(stderr, "CUDA emulator: %s%s\n", where.c_str(), what);
  std::fflush(stderr);
  std::abort();
}

}  // namespace cuda_emulator
