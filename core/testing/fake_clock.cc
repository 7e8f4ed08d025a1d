#include "core/testing/fake_clock.h"

#include "core/base/check.h"

namespace streampair {

MonotonicTime FakeClock::Now() const {
  absl::MutexLock lock(&mutex_);
  return now_;
}

absl::Time FakeClock::WallNow() const {
  absl::MutexLock lock(&mutex_);
  return wall_;
}

void FakeClock::Advance(absl::Duration duration) {
  SP_CHECK(duration >= absl::ZeroDuration());
  absl::MutexLock lock(&mutex_);
  now_ = now_ + duration;
  wall_ += duration;
}

void FakeClock::AdvanceTo(MonotonicTime when) {
  absl::MutexLock lock(&mutex_);
  SP_CHECK(when >= now_);
  wall_ += when - now_;
  now_ = when;
}

void FakeClock::SetWall(absl::Time wall) {
  absl::MutexLock lock(&mutex_);
  wall_ = wall;
}

}  // namespace streampair
