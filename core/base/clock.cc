#include "core/base/clock.h"

#include <ctime>

#include "absl/time/clock.h"

namespace streampair {

MonotonicTime SystemClock::Now() const {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return MonotonicTime::FromNanos(int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec);
}

absl::Time SystemClock::WallNow() const { return absl::Now(); }

}  // namespace streampair
