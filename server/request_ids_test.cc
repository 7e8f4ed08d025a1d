#include "server/request_ids.h"

#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

class ManualClock : public Clock {
 public:
  MonotonicTime Now() const override { return now_; }
  absl::Time WallNow() const override { return absl::UnixEpoch(); }
  void Advance(absl::Duration duration) { now_ = now_ + duration; }

 private:
  MonotonicTime now_ = MonotonicTime::FromNanos(1);
};

class RequestIdsTest : public ::testing::Test {
 protected:
  Result<std::string> Once(const std::string& principal, const std::string& id,
                           uint64_t fingerprint = 1) {
    return ids_.Once(principal, id, fingerprint,
                     [this]() -> Result<std::string> { return absl::StrCat("pair", ++made_); });
  }
  ManualClock clock_;
  RequestIds ids_{clock_, absl::Minutes(10), 3};
  int made_ = 0;
};

TEST_F(RequestIdsTest, MakesOnce) {
  EXPECT_EQ(*Once("a", "x"), "pair1");
  EXPECT_EQ(*Once("a", "x"), "pair1");
  EXPECT_EQ(made_, 1);
}

TEST_F(RequestIdsTest, KeepsPrincipalsApart) {
  EXPECT_EQ(*Once("a", "x"), "pair1");
  EXPECT_EQ(*Once("b", "x"), "pair2");
}

TEST_F(RequestIdsTest, RefusesAnotherRequestUnderTheSameId) {
  ASSERT_TRUE(Once("a", "x", 1).ok());
  const auto second = Once("a", "x", 2);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().id(), InvalidRequest("x").id());
  EXPECT_EQ(*Once("a", "x", 1), "pair1");
}

TEST_F(RequestIdsTest, ForgetsAfterAWhile) {
  ASSERT_TRUE(Once("a", "x").ok());
  clock_.Advance(absl::Minutes(10) - absl::Nanoseconds(1));
  EXPECT_EQ(*Once("a", "x"), "pair1");
  clock_.Advance(absl::Nanoseconds(1));
  EXPECT_EQ(*Once("a", "x"), "pair2");
  EXPECT_EQ(ids_.size(), 1u);
}

TEST_F(RequestIdsTest, ForgetsTheOldestWhenThereAreTooMany) {
  for (const char* id : {"1", "2", "3", "4"}) ASSERT_TRUE(Once("a", id).ok());
  EXPECT_EQ(ids_.size(), 3u);
  EXPECT_EQ(*Once("a", "4"), "pair4");
  EXPECT_EQ(*Once("a", "1"), "pair5");
}

TEST_F(RequestIdsTest, DoesNotRememberFailures) {
  const auto fail = []() -> Result<std::string> { return TooManyPairs("full"); };
  EXPECT_FALSE(ids_.Once("a", "x", 1, fail).ok());
  EXPECT_EQ(*Once("a", "x"), "pair1");
}

}  // namespace
}  // namespace streampair
