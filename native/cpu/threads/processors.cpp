#include <cstdio>
#include <thread>

#include "threads.h"

#if defined(__linux__)
#include <sched.h>
#endif

namespace semd {
namespace {

#if defined(__linux__)
// The container's CPU quota in processors, rounded up; 0 where there is no limit.
int container_quota() {
  long long quota = -1, period = 0;
  if (FILE* file = std::fopen("/sys/fs/cgroup/cpu.max", "r")) {
    if (std::fscanf(file, "%lld %lld", &quota, &period) != 2) quota = -1;  // "max" means no limit
    std::fclose(file);
  } else if (FILE* old = std::fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "r")) {
    if (std::fscanf(old, "%lld", &quota) != 1) quota = -1;
    std::fclose(old);
    if (FILE* old_period = std::fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "r")) {
      if (std::fscanf(old_period, "%lld", &period) != 1) period = 0;
      std::fclose(old_period);
    }
  }
  return quota > 0 && period > 0 ? static_cast<int>((quota + period - 1) / period) : 0;
}
#endif

}  // namespace

int available_processors() {
  int count = static_cast<int>(std::thread::hardware_concurrency());
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) count = CPU_COUNT(&set);
  const int quota = container_quota();
  if (quota > 0 && quota < count) count = quota;
#endif
  return count > 0 ? count : 1;
}

}  // namespace semd
