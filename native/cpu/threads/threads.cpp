#include "threads.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <thread>

#if defined(_WIN32)
#include <windows.h>
#elif defined(__linux__)
#include <pthread.h>
#include <sched.h>

#include <vector>
#else
#include <dlfcn.h>
#endif

namespace semd {
namespace {

// Keeps the code in which the pool's threads sleep mapped, even when the only worker that had loaded the addon ends. On Linux
// a linker flag does this (-z nodelete).
void keep_library_loaded() {
#if defined(_WIN32)
  HMODULE module;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     reinterpret_cast<LPCWSTR>(&keep_library_loaded), &module);
#elif !defined(__linux__)
  Dl_info info;
  if (dladdr(reinterpret_cast<const void*>(&keep_library_loaded), &info)) {
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE);
  }
#endif
}

constexpr int kMaxRanges = 64;

// The chunks are cut into one range per thread. A thread takes from its own range first, and then from the others': when the
// same arrays are worked on again and again, it finds in its cache what it wrote there the last time.
struct Job {
  struct alignas(64) Range {
    std::atomic<int64_t> next;
    int64_t end;
  };

  void (*body)(void*, int64_t, int);
  void* context;
  int count;  // number of ranges
  Range ranges[kMaxRanges];
  int slots_left;  // how many threads may still join; guarded by the pool's mutex, like the next two
  int next_slot = 1;
  std::atomic<int> running{0};

  Job(void (*function)(void*, int64_t, int), void* argument, int threads, int64_t chunks)
      : body(function), context(argument), count(threads < kMaxRanges ? threads : kMaxRanges), slots_left(threads - 1) {
    for (int i = 0; i < count; i++) {
      ranges[i].next.store(chunks * i / count, std::memory_order_relaxed);
      ranges[i].end = chunks * (i + 1) / count;
    }
  }

  void work(int slot) {
    for (int i = 0; i < count; i++) {
      Range& range = ranges[(slot + i) % count];
      for (;;) {
        const int64_t chunk = range.next.fetch_add(1, std::memory_order_relaxed);
        if (chunk >= range.end) break;
        body(context, chunk, slot);
      }
    }
  }

  bool is_open() const {
    for (int i = 0; slots_left > 0 && i < count; i++) {
      if (ranges[i].next.load(std::memory_order_relaxed) < ranges[i].end) return true;
    }
    return false;
  }
};

#if defined(__linux__)
// Some schedulers, above all those of virtual machines, wake a thread on the processor of whoever wakes it, where it then
// waits for the very call that it should help. So the pool's threads are kept off the caller's processor.
class Placement {
 public:
  void reserve(int count) { threads_.reserve(static_cast<size_t>(count)); }
  void add(pthread_t thread) {
    threads_.push_back(thread);
    avoided_ = -1;
  }
  void avoid_caller() {
    const int cpu = sched_getcpu();
    if (cpu < 0 || cpu == avoided_) return;
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    CPU_CLR(cpu, &allowed);
    if (CPU_COUNT(&allowed) == 0) return;
    for (const pthread_t thread : threads_) pthread_setaffinity_np(thread, sizeof allowed, &allowed);
    avoided_ = cpu;
  }

 private:
  std::vector<pthread_t> threads_;
  int avoided_ = -1;
};
#else
class Placement {
 public:
  void reserve(int) {}
  template <class Thread>
  void add(Thread) {}
  void avoid_caller() {}
};
#endif

class Pool {
 public:
  Pool() { keep_library_loaded(); }

  void run(Job& job, int threads) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      start(threads - 1);
      placement_.avoid_caller();
      jobs_.push_back(&job);
    }
    pushed_.fetch_add(1, std::memory_order_release);
    for (int i = 1; i < threads; i++) wake_.notify_one();
    job.work(0);
    std::unique_lock<std::mutex> lock(mutex_);
    jobs_.remove(&job);
    if (job.running != 0) {
      lock.unlock();
      linger([&] { return job.running.load(std::memory_order_acquire) == 0; });
      lock.lock();
    }
    finished_.wait(lock, [&] { return job.running == 0; });
  }

 private:
  void start(int wanted) {
    for (; started_ < wanted; started_++) {
      try {
        placement_.reserve(started_ + 1);
        std::thread thread([this] { serve(); });
        placement_.add(thread.native_handle());
        thread.detach();
      } catch (const std::exception&) {
        return;  // the work is done by the caller and the threads that did start
      }
    }
  }

  void serve() noexcept {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      Job* job = nullptr;
      wake_.wait(lock, [&] { return (job = open_job()) != nullptr; });
      job->slots_left--;
      job->running++;
      const int slot = job->next_slot++;
      lock.unlock();
      job->work(slot);
      const unsigned seen = pushed_.load(std::memory_order_acquire);
      lock.lock();
      if (--job->running == 0) finished_.notify_all();
      lock.unlock();
      linger([&] { return pushed_.load(std::memory_order_acquire) != seen; });
      lock.lock();
    }
  }

  // Spins until the event has happened, but not longer than falling asleep and waking up again would take.
  template <class Event>
  static void linger(Event happened) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
    while (!happened() && std::chrono::steady_clock::now() < until) {
    }
  }

  Job* open_job() {
    for (Job* job : jobs_) {
      if (job->is_open()) return job;
    }
    return nullptr;
  }

  std::mutex mutex_;
  std::condition_variable wake_, finished_;
  std::list<Job*> jobs_;
  std::atomic<unsigned> pushed_{0};
  Placement placement_;
  int started_ = 0;
};

}  // namespace

void parallel_for(int threads, int64_t chunks, void (*body)(void*, int64_t, int), void* context) {
  if (threads <= 1 || chunks <= 1) {
    for (int64_t chunk = 0; chunk < chunks; chunk++) body(context, chunk, 0);
    return;
  }
  static Pool& pool = *new Pool;  // leaked on purpose, as its threads never end
  Job job(body, context, threads, chunks);
  pool.run(job, threads);
}

}  // namespace semd
