#include "cuda_library.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "../core/errors.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace semd::napi {
namespace {

using EntryPoint = const semd_cuda_table* (*)();
constexpr const char* kEntryPoint = "semd_cuda_library";

#ifdef _WIN32

constexpr const char* kFileName = "squared_emd_cuda.dll";

std::string OwnFolder() {
  HMODULE self = nullptr;
  GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                     reinterpret_cast<LPCSTR>(&TheCudaLibrary), &self);
  char path[MAX_PATH] = "";
  const std::string file(path, GetModuleFileNameA(self, path, MAX_PATH));
  return file.substr(0, file.find_last_of("\\/") + 1);
}

EntryPoint Open(const std::string& path, std::string* detail) {
  const HMODULE library = LoadLibraryA(path.c_str());
  const auto found = library ? GetProcAddress(library, kEntryPoint) : nullptr;
  if (!found) *detail = path + ": error " + std::to_string(GetLastError());
  return reinterpret_cast<EntryPoint>(found);
}

#else

constexpr const char* kFileName = "libsquared_emd_cuda.so";

std::string OwnFolder() {
  Dl_info self{};
  if (dladdr(reinterpret_cast<void*>(&TheCudaLibrary), &self) == 0 || !self.dli_fname) return "";
  const std::string file(self.dli_fname);
  return file.substr(0, file.find_last_of('/') + 1);
}

EntryPoint Open(const std::string& path, std::string* detail) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* found = library ? dlsym(library, kEntryPoint) : nullptr;
  if (!found) {
    const char* words = dlerror();
    *detail = words ? words : path;
  }
  return reinterpret_cast<EntryPoint>(found);
}

#endif

bool Exists(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file) std::fclose(file);
  return file != nullptr;
}

// The values of SQUARED_EMD_CUDA that turn CUDA off, in upper or lower case.
constexpr const char* kOff[] = {"0", "false", "off", "no"};
constexpr const char* kOn[] = {"", "1", "true", "on", "yes", "auto"};

struct Switch {
  bool off = false, known = false;
  std::string value;
};

// Read once per process.
const Switch& TheSwitch() {
  static const Switch* one = [] {
    auto* read = new Switch;
    const char* value = std::getenv("SQUARED_EMD_CUDA");
    if (value) read->value = value;
    std::string lower = read->value;
    for (char& letter : lower) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    read->off = std::find(std::begin(kOff), std::end(kOff), lower) != std::end(kOff);
    read->known = read->off || std::find(std::begin(kOn), std::end(kOn), lower) != std::end(kOn);
    return read;
  }();
  return *one;
}

CudaLibrary Load() {
  if (TheSwitch().off) return {nullptr, "disabled", TheSwitch().value};
  const char* named = std::getenv("SQUARED_EMD_CUDA_LIBRARY");
  const bool is_named = named && *named;
  const std::string path = is_named ? named : OwnFolder() + kFileName;
  if (!is_named && !Exists(path)) return {nullptr, "not-built", path};

  CudaLibrary library;
  const EntryPoint entry = Open(path, &library.detail);
  const semd_cuda_table* table = entry ? entry() : nullptr;
  if (!table) {
    library.reason = "load-failed";
  } else if (table->abi_version != SEMD_ABI_VERSION) {
    library.reason = "abi-mismatch";
    library.detail = path + " has version " + std::to_string(table->abi_version) + ", version " +
                     std::to_string(SEMD_ABI_VERSION) + " is needed";
  } else {
    library.table = table;
  }
  return library;
}

const char* NameOf(int32_t reason) {
  switch (reason) {
    case SEMD_CUDA_NO_DRIVER:
      return "no-driver";
    case SEMD_CUDA_DRIVER_TOO_OLD:
      return "driver-too-old";
    case SEMD_CUDA_NO_DEVICE:
      return "no-device";
    case SEMD_CUDA_NO_KERNEL_IMAGE:
      return "no-kernel-image";
    default:
      return "self-test-failed";
  }
}

Napi::Array Devices(Napi::Env env, const semd_cuda_table& cuda, int32_t count) {
  Napi::Array devices = Napi::Array::New(env);
  for (int32_t index = 0; index < count; ++index) {
    semd_cuda_device device{};
    if (cuda.device_info(index, &device) != SEMD_OK) continue;
    Napi::Object out = Napi::Object::New(env);
    out.Set("index", index);
    out.Set("name", static_cast<const char*>(device.name));
    out.Set("major", device.major);
    out.Set("minor", device.minor);
    out.Set("totalMemory", static_cast<double>(device.total_memory));
    out.Set("multiprocessors", device.multiprocessors);
    devices.Set(devices.Length(), out);
  }
  return devices;
}

}  // namespace

const CudaLibrary& TheCudaLibrary() {
  static const auto* library = new CudaLibrary(Load());
  return *library;
}

const semd_cuda_table& Cuda(Napi::Env env, const Environment& environment) {
  const CudaLibrary& library = TheCudaLibrary();
  if (!library.table) {
    ThrowEmdError(env, environment, "CUDA_UNAVAILABLE", std::string("squared-emd: ") + library.reason);
  }
  return *library.table;
}

Napi::Value RefusedCuda(const Napi::CallbackInfo& info, const EnvironmentPtr&) {
  const Napi::Env env = info.Env();
  return TheSwitch().known ? env.Null() : Napi::String::New(env, TheSwitch().value).As<Napi::Value>();
}

Napi::Value CudaStatus(const Napi::CallbackInfo& info, const EnvironmentPtr&) {
  const Napi::Env env = info.Env();
  const CudaLibrary& library = TheCudaLibrary();
  semd_cuda_status status{};
  std::string detail = library.detail;
  const char* reason = library.reason;
  if (library.table) {
    library.table->probe(&status);
    if (status.reason != SEMD_CUDA_AVAILABLE) {
      reason = NameOf(status.reason);
      detail = library.table->last_error();
    }
  }
  Napi::Object out = Napi::Object::New(env);
  out.Set("reason", reason ? Napi::String::New(env, reason).As<Napi::Value>() : env.Null());
  out.Set("detail", detail);
  out.Set("driverVersion", status.driver_version);
  out.Set("runtimeVersion", status.runtime_version);
  out.Set("devices", reason ? Napi::Array::New(env) : Devices(env, *library.table, status.devices));
  return out;
}

}  // namespace semd::napi
