#ifndef STREAMPAIR_TESTS_HARNESS_PROC_STATS_H_
#define STREAMPAIR_TESTS_HARNESS_PROC_STATS_H_

#include <sys/types.h>

#include <cstdint>

namespace streampair::testing {

// What a process uses now, from /proc. All are -1 if it is gone.
struct ProcStats {
  int64_t descriptors = -1;
  int64_t sockets = -1;  // Those descriptors that are sockets.
  int64_t threads = -1;
  int64_t resident_bytes = -1;
  int64_t peak_resident_bytes = -1;
};

ProcStats ReadProcStats(pid_t pid);

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_PROC_STATS_H_
