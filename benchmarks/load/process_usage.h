#ifndef STREAMPAIR_BENCHMARKS_LOAD_PROCESS_USAGE_H_
#define STREAMPAIR_BENCHMARKS_LOAD_PROCESS_USAGE_H_

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace streampair::bench {

// What processes and all their descendants use now.
struct ProcessUsage {
  double cpu_seconds = 0;  // To the nanosecond, unlike /proc/PID/stat.
  int64_t resident_kb = 0;
};
ProcessUsage UsageOf(const std::vector<pid_t>& roots);

}  // namespace streampair::bench

#endif  // STREAMPAIR_BENCHMARKS_LOAD_PROCESS_USAGE_H_
