#ifndef STREAMPAIR_CORE_TESTING_FAKE_CLOCK_H_
#define STREAMPAIR_CORE_TESTING_FAKE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/clock.h"

namespace streampair {

// Time that passes when the test says so. Starts at an arbitrary moment. Thread-safe.
class FakeClock final : public Clock {
 public:
  MonotonicTime Now() const override;
  absl::Time WallNow() const override;

  // Moves both clocks. Requires: duration >= 0.
  void Advance(absl::Duration duration);

  // Moves both clocks to the moment when Now() is `when`. Requires: not in the past.
  void AdvanceTo(MonotonicTime when);

  // Civil time alone jumps, in either direction.
  void SetWall(absl::Time wall);

 private:
  mutable absl::Mutex mutex_;
  MonotonicTime now_ ABSL_GUARDED_BY(mutex_) = MonotonicTime::FromNanos(1'000'000'000);
  absl::Time wall_ ABSL_GUARDED_BY(mutex_) = absl::FromUnixSeconds(1'700'000'000);
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_FAKE_CLOCK_H_
