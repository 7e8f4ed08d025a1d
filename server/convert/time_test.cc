#include "server/convert/time.h"

#include "gtest/gtest.h"

namespace streampair {
namespace {

google::protobuf::Duration Proto(int64_t seconds, int32_t nanos) {
  google::protobuf::Duration proto;
  proto.set_seconds(seconds);
  proto.set_nanos(nanos);
  return proto;
}

TEST(DurationFromProto, TakesWhatIsInTheRange) {
  RequestCheck check;
  EXPECT_EQ(DurationFromProto(Proto(1, 500000000), "t", absl::Seconds(1), absl::Seconds(2), check),
            absl::Milliseconds(1500));
  EXPECT_EQ(DurationFromProto(Proto(1, 0), "t", absl::Seconds(1), absl::Seconds(2), check),
            absl::Seconds(1));
  EXPECT_EQ(DurationFromProto(Proto(2, 0), "t", absl::Seconds(1), absl::Seconds(2), check),
            absl::Seconds(2));
  EXPECT_TRUE(check.ok());
}

TEST(DurationFromProto, RefusesTheRestWithTheLimits) {
  RequestCheck check;
  EXPECT_FALSE(
      DurationFromProto(Proto(0, 999999999), "t", absl::Seconds(1), absl::Hours(1), check));
  EXPECT_EQ(check.Verdict()->error.detail(), "t: must be 1s to 1h, is 999.999999ms");
  RequestCheck open;
  EXPECT_FALSE(
      DurationFromProto(Proto(-1, 0), "t", absl::ZeroDuration(), absl::InfiniteDuration(), open));
  EXPECT_EQ(open.Verdict()->error.detail(), "t: must be at least 0, is -1s");
}

TEST(DurationFromProto, RefusesWhatIsNoDuration) {
  for (const auto& proto : {Proto(1, -1), Proto(-1, 1), Proto(0, 1000000000), Proto(0, -1000000000),
                            Proto(315576000001, 0), Proto(-315576000001, 0)}) {
    RequestCheck check;
    EXPECT_FALSE(
        DurationFromProto(proto, "t", -absl::InfiniteDuration(), absl::InfiniteDuration(), check))
        << proto.ShortDebugString();
    EXPECT_FALSE(check.ok());
  }
}

TEST(DurationToProto, SplitsSecondsAndNanos) {
  EXPECT_EQ(DurationToProto(absl::Milliseconds(1500)).seconds(), 1);
  EXPECT_EQ(DurationToProto(absl::Milliseconds(1500)).nanos(), 500000000);
  EXPECT_EQ(DurationToProto(absl::Milliseconds(-1500)).seconds(), -1);
  EXPECT_EQ(DurationToProto(absl::Milliseconds(-1500)).nanos(), -500000000);
}

TEST(TimeToProto, CountsFromTheEpoch) {
  EXPECT_EQ(TimeToProto(absl::FromUnixMillis(1500)).seconds(), 1);
  EXPECT_EQ(TimeToProto(absl::FromUnixMillis(1500)).nanos(), 500000000);
  EXPECT_EQ(TimeToProto(absl::FromUnixMillis(-1500)).seconds(), -2);
  EXPECT_EQ(TimeToProto(absl::FromUnixMillis(-1500)).nanos(), 500000000);
}

}  // namespace
}  // namespace streampair
