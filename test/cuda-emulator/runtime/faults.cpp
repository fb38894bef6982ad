#include "faults.h"

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>

#include "allocations.h"
#include "cluster.h"
#include "report.h"

namespace cuda_emulator {
namespace {

struct sigaction previous_segv, previous_bus;
std::atomic<bool> executing{false};
std::atomic<pthread_t> executor;

bool is_executor() { return executing.load() && pthread_equal(executor.load(), pthread_self()); }

void pass_on(int signal, siginfo_t* info, void* context) {
  const struct sigaction& previous = signal == SIGSEGV ? previous_segv : previous_bus;
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
  } else {
    sigaction(signal, &previous, nullptr);  // the instruction runs again, and then the fault ends the process
  }
}

void on_fault(int signal, siginfo_t* info, void* context) {
  const void* address = info->si_addr;
  if (is_executor() && allocations().touch(address)) return;
  const std::string memory = allocations().describe(address);
  if (is_executor() && cluster().is_running()) {
    const std::string inside = describe_block_memory(address);
    if (!inside.empty()) fail("invalid access %s", inside.c_str());
    if (!memory.empty()) fail("invalid access %s", memory.c_str());
    // For a misaligned vector access the processor reports no address.
    if (address == nullptr) fail("invalid access to a null pointer, or misaligned");
    fail("invalid access to %p, which is no memory of a device", address);
  }
  if (allocations().is_device_memory(address)) fail("host code accesses memory %s", memory.c_str());
  if (!memory.empty()) fail("invalid access by host code %s", memory.c_str());
  pass_on(signal, info, context);
}

struct AlternateStack {
  static constexpr std::size_t kBytes = 64 * 1024;
  stack_t before{};
  void* memory = nullptr;

  AlternateStack() {
    sigaltstack(nullptr, &before);
    if (!(before.ss_flags & SS_DISABLE)) return;  // the thread has one already
    memory = std::malloc(kBytes);
    stack_t own{};
    own.ss_sp = memory;
    own.ss_size = kBytes;
    sigaltstack(&own, nullptr);
  }
  ~AlternateStack() {
    if (!memory) return;
    sigaltstack(&before, nullptr);
    std::free(memory);
  }
};

}  // namespace

void install_fault_handler() {
  static const bool once = [] {
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaction(SIGSEGV, &action, &previous_segv);
    sigaction(SIGBUS, &action, &previous_bus);
    return true;
  }();
  static_cast<void>(once);
}

Executing::Executing() {
  static thread_local AlternateStack alternate_stack;
  static_cast<void>(alternate_stack);
  executor.store(pthread_self());
  executing.store(true);
}

Executing::~Executing() { executing.store(false); }

}  // namespace cuda_emulator
