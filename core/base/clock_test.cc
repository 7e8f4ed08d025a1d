#include "core/base/clock.h"

#include <cstdint>
#include <limits>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/monotonic_time.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

TEST(MonotonicTime, AddsAndSubtracts) {
  const MonotonicTime t = MonotonicTime::FromNanos(100);
  EXPECT_EQ((t + absl::Nanoseconds(5)).nanos(), 105);
  EXPECT_EQ((t - absl::Nanoseconds(105)).nanos(), -5);
  EXPECT_EQ((t + absl::Seconds(1)) - t, absl::Seconds(1));
  EXPECT_EQ(t - (t + absl::Seconds(1)), -absl::Seconds(1));
  EXPECT_LT(t, t + absl::Nanoseconds(1));
}

TEST(MonotonicTime, SaturatesAtBothEnds) {
  const MonotonicTime late = MonotonicTime::FromNanos(kMax - 1);
  EXPECT_TRUE((late + absl::Nanoseconds(1)).IsInfinite());
  EXPECT_TRUE((late + absl::Hours(1)).IsInfinite());
  EXPECT_TRUE((MonotonicTime() + absl::InfiniteDuration()).IsInfinite());
  EXPECT_EQ((MonotonicTime::FromNanos(-5) - absl::InfiniteDuration()).nanos(), kMin);
  EXPECT_EQ((MonotonicTime::FromNanos(kMin) - absl::Nanoseconds(1)).nanos(), kMin);
}

TEST(MonotonicTime, NoDurationMovesInfinity) {
  EXPECT_TRUE((MonotonicTime::Infinite() - absl::Hours(1)).IsInfinite());
  EXPECT_TRUE((MonotonicTime::Infinite() - absl::InfiniteDuration()).IsInfinite());
  EXPECT_EQ(MonotonicTime::Infinite() - MonotonicTime(), absl::InfiniteDuration());
  EXPECT_EQ(MonotonicTime() - MonotonicTime::Infinite(), -absl::InfiniteDuration());
  EXPECT_EQ(MonotonicTime::Infinite() - MonotonicTime::Infinite(), absl::InfiniteDuration());
}

TEST(MonotonicTime, TheDifferenceOfExtremesDoesNotOverflow) {
  const absl::Duration span = MonotonicTime::FromNanos(kMax - 1) - MonotonicTime::FromNanos(kMin);
  EXPECT_GT(span, absl::Hours(24 * 365 * 500));
  EXPECT_LT(span, absl::InfiniteDuration());
}

TEST(SystemClock, DoesNotGoBack) {
  const SystemClock clock;
  MonotonicTime last = clock.Now();
  for (int i = 0; i < 1000; ++i) {
    const MonotonicTime now = clock.Now();
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(SystemClock, TellsTheTimeOfDay) {
  const SystemClock clock;
  const absl::Time before = absl::Now();
  const absl::Time told = clock.WallNow();
  EXPECT_GE(told, before);
  EXPECT_LE(told, absl::Now());
}

}  // namespace
}  // namespace streampair
