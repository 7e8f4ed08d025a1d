#include "core/base/deadline.h"

#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/monotonic_time.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

constexpr MonotonicTime kNow = MonotonicTime::FromNanos(1'000'000);

TEST(Deadline, PassesAtItsMoment) {
  const Deadline deadline = Deadline::After(kNow, absl::Nanoseconds(10));
  EXPECT_FALSE(deadline.Passed(kNow));
  EXPECT_FALSE(deadline.Passed(kNow + absl::Nanoseconds(9)));
  EXPECT_TRUE(deadline.Passed(kNow + absl::Nanoseconds(10)));
  EXPECT_TRUE(deadline.Passed(kNow + absl::Hours(1)));
}

TEST(Deadline, LeftIsNeverNegative) {
  const Deadline deadline = Deadline::After(kNow, absl::Seconds(2));
  EXPECT_EQ(deadline.Left(kNow), absl::Seconds(2));
  EXPECT_EQ(deadline.Left(kNow + absl::Seconds(2)), absl::ZeroDuration());
  EXPECT_EQ(deadline.Left(kNow + absl::Seconds(3)), absl::ZeroDuration());
}

TEST(Deadline, NeverDoesNotPass) {
  EXPECT_TRUE(Deadline().IsNever());
  EXPECT_FALSE(
      Deadline::Never().Passed(MonotonicTime::FromNanos(std::numeric_limits<int64_t>::max() - 1)));
  EXPECT_FALSE(Deadline::Never().Passed(MonotonicTime::Infinite()));
  EXPECT_EQ(Deadline::Never().Left(kNow), absl::InfiniteDuration());
}

TEST(Deadline, TooFarAwayIsNever) {
  EXPECT_TRUE(Deadline::After(kNow, absl::InfiniteDuration()).IsNever());
  EXPECT_TRUE(Deadline::After(kNow, absl::Hours(24 * 366 * 1000)).IsNever());
}

TEST(Deadline, ANegativeDurationHasPassed) {
  EXPECT_TRUE(Deadline::After(kNow, -absl::Seconds(1)).Passed(kNow));
  EXPECT_TRUE(Deadline::After(kNow, -absl::InfiniteDuration()).Passed(kNow));
  EXPECT_TRUE(Deadline::After(kNow, absl::ZeroDuration()).Passed(kNow));
}

TEST(Deadline, EarlierChoosesTheFirst) {
  const Deadline soon = Deadline::At(kNow);
  const Deadline late = Deadline::At(kNow + absl::Seconds(1));
  EXPECT_EQ(Deadline::Earlier(soon, late), soon);
  EXPECT_EQ(Deadline::Earlier(late, soon), soon);
  EXPECT_EQ(Deadline::Earlier(Deadline::Never(), late), late);
  EXPECT_LT(late, Deadline::Never());
}

TEST(Deadline, CountsFromAClock) {
  const SystemClock clock;
  const MonotonicTime before = clock.Now();
  const Deadline deadline = Deadline::After(clock, absl::Hours(1));
  EXPECT_GE(deadline.when(), before + absl::Hours(1));
  EXPECT_LE(deadline.when(), clock.Now() + absl::Hours(1));
}

}  // namespace
}  // namespace streampair
