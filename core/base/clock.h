#ifndef STREAMPAIR_CORE_BASE_CLOCK_H_
#define STREAMPAIR_CORE_BASE_CLOCK_H_

#include "absl/time/time.h"
#include "core/base/monotonic_time.h"

namespace streampair {

// Where time comes from. Given to whoever needs it, so that a test owns the time.
// Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Never goes back. For everything that is measured or waited for.
  virtual MonotonicTime Now() const = 0;

  // Civil time; may jump. Only for what people and certificates read.
  virtual absl::Time WallNow() const = 0;
};

// The clocks of the system. Holds nothing.
class SystemClock final : public Clock {
 public:
  MonotonicTime Now() const override;
  absl::Time WallNow() const override;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_CLOCK_H_
