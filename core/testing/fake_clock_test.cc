#include "core/testing/fake_clock.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(FakeClock, StandsStillUntilToldOtherwise) {
  const FakeClock clock;
  EXPECT_EQ(clock.Now(), clock.Now());
  EXPECT_EQ(clock.WallNow(), clock.WallNow());
}

TEST(FakeClock, MovesBothClocks) {
  FakeClock clock;
  const MonotonicTime now = clock.Now();
  const absl::Time wall = clock.WallNow();
  clock.Advance(absl::Seconds(3));
  EXPECT_EQ(clock.Now(), now + absl::Seconds(3));
  EXPECT_EQ(clock.WallNow(), wall + absl::Seconds(3));
  clock.AdvanceTo(now + absl::Seconds(10));
  EXPECT_EQ(clock.WallNow(), wall + absl::Seconds(10));
}

TEST(FakeClock, WallTimeJumpsAlone) {
  FakeClock clock;
  const MonotonicTime now = clock.Now();
  clock.SetWall(absl::UnixEpoch());
  EXPECT_EQ(clock.WallNow(), absl::UnixEpoch());
  EXPECT_EQ(clock.Now(), now);
}

TEST(FakeClockDeathTest, DoesNotGoBack) {
  FakeClock clock;
  EXPECT_DEATH(clock.Advance(-absl::Nanoseconds(1)), "check failed");
  EXPECT_DEATH(clock.AdvanceTo(clock.Now() - absl::Nanoseconds(1)), "check failed");
}

}  // namespace
}  // namespace streampair
