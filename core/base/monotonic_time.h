#ifndef STREAMPAIR_CORE_BASE_MONOTONIC_TIME_H_
#define STREAMPAIR_CORE_BASE_MONOTONIC_TIME_H_

#include <compare>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"

namespace streampair {

// A moment on a clock that never jumps. Comparable only with moments of the same clock.
// Arithmetic saturates: beyond the last moment there is Infinite(), which no duration
// moves. A value; 8 bytes.
class MonotonicTime {
 public:
  constexpr MonotonicTime() = default;  // The clock's zero.

  static constexpr MonotonicTime FromNanos(int64_t nanos) { return MonotonicTime(nanos); }
  static constexpr MonotonicTime Infinite() {
    return MonotonicTime(std::numeric_limits<int64_t>::max());
  }

  constexpr int64_t nanos() const { return nanos_; }
  constexpr bool IsInfinite() const { return *this == Infinite(); }

  friend MonotonicTime operator+(MonotonicTime time, absl::Duration duration);
  friend MonotonicTime operator-(MonotonicTime time, absl::Duration duration);

  // From `b` to `a`: infinite if `a` is, else minus infinite if `b` is, else finite.
  friend absl::Duration operator-(MonotonicTime a, MonotonicTime b);

  friend constexpr auto operator<=>(const MonotonicTime&, const MonotonicTime&) = default;

 private:
  explicit constexpr MonotonicTime(int64_t nanos) : nanos_(nanos) {}
  int64_t nanos_ = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_MONOTONIC_TIME_H_
