#include "threads.h"

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

#if defined(_WIN32)
#include <windows.h>
#elif !defined(__linux__)
#include <dlfcn.h>
#endif

namespace semd {
namespace {

// Keeps the code that the pool's threads sleep in mapped when a worker that alone loaded the addon ends. On Linux the
// linker sees to it (-z nodelete).
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

struct Job {
  void (*body)(void*, int64_t, int);
  void* context;
  int64_t chunks;
  std::atomic<int64_t> next{0};
  int slots_left;   // threads that may still join; guarded by the pool's mutex, like the two below
  int next_slot = 1;
  int running = 0;

  void work(int slot) {
    for (;;) {
      const int64_t chunk = next.fetch_add(1, std::memory_order_relaxed);
      if (chunk >= chunks) return;
      body(context, chunk, slot);
    }
  }
};

class Pool {
 public:
  Pool() { keep_library_loaded(); }

  void run(Job& job, int threads) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      start(threads - 1);
      job.slots_left = threads - 1;
      jobs_.push_back(&job);
    }
    for (int i = 1; i < threads; i++) wake_.notify_one();
    job.work(0);
    std::unique_lock<std::mutex> lock(mutex_);
    jobs_.remove(&job);
    finished_.wait(lock, [&] { return job.running == 0; });
  }

 private:
  void start(int wanted) {
    for (; started_ < wanted; started_++) {
      try {
        std::thread([this] { serve(); }).detach();
      } catch (const std::system_error&) {
        return;  // the caller does the work with the threads there are
      }
    }
  }

  void serve() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      Job* job = nullptr;
      wake_.wait(lock, [&] { return (job = open_job()) != nullptr; });
      job->slots_left--;
      job->running++;
      const int slot = job->next_slot++;
      lock.unlock();
      job->work(slot);
      lock.lock();
      if (--job->running == 0) finished_.notify_all();
    }
  }

  Job* open_job() {
    for (Job* job : jobs_) {
      if (job->slots_left > 0 && job->next.load(std::memory_order_relaxed) < job->chunks) return job;
    }
    return nullptr;
  }

  std::mutex mutex_;
  std::condition_variable wake_, finished_;
  std::list<Job*> jobs_;
  int started_ = 0;
};

}  // namespace

void parallel_for(int threads, int64_t chunks, void (*body)(void*, int64_t, int), void* context) {
  if (threads <= 1 || chunks <= 1) {
    for (int64_t chunk = 0; chunk < chunks; chunk++) body(context, chunk, 0);
    return;
  }
  static Pool& pool = *new Pool;  // leaked on purpose: its threads never end
  Job job;
  job.body = body;
  job.context = context;
  job.chunks = chunks;
  pool.run(job, threads);
}

}  // namespace semd
