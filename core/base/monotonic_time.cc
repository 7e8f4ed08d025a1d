#include "core/base/monotonic_time.h"

namespace streampair {
namespace {

MonotonicTime Add(MonotonicTime time, int64_t nanos) {
  if (time.IsInfinite()) return time;
  int64_t sum;
  if (!__builtin_add_overflow(time.nanos(), nanos, &sum)) return MonotonicTime::FromNanos(sum);
  return nanos > 0 ? MonotonicTime::Infinite()
                   : MonotonicTime::FromNanos(std::numeric_limits<int64_t>::min());
}

}  // namespace

// ToInt64Nanoseconds saturates, infinite durations included.
MonotonicTime operator+(MonotonicTime time, absl::Duration duration) {
  return Add(time, absl::ToInt64Nanoseconds(duration));
}

MonotonicTime operator-(MonotonicTime time, absl::Duration duration) {
  return Add(time, absl::ToInt64Nanoseconds(-duration));
}

absl::Duration operator-(MonotonicTime a, MonotonicTime b) {
  if (a.IsInfinite()) return absl::InfiniteDuration();
  if (b.IsInfinite()) return -absl::InfiniteDuration();
  return absl::Nanoseconds(a.nanos()) - absl::Nanoseconds(b.nanos());
}

}  // namespace streampair
