#include "core/base/result.h"

#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace streampair {
namespace {

Error SomeError() {
  return Error(Stage::kRequest, {ErrorDomain::kStreampair, 0, 3}, Reason::kNone, "no");
}

Result<int> Half(int number) {
  if (number % 2 != 0) return SomeError();
  return number / 2;
}

Result<void> CheckEven(int number) {
  if (number % 2 != 0) return SomeError();
  return {};
}

TEST(Result, HoldsAValue) {
  Result<int> result = Half(4);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value(), 2);
  *result = 7;
  EXPECT_EQ(std::as_const(result).value(), 7);
}

TEST(Result, HoldsAnError) {
  const Result<int> result = Half(3);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error(), SomeError());
}

TEST(Result, MovesItsContentOut) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(5));
  ASSERT_TRUE(result.ok());
  const std::unique_ptr<int> value = *std::move(result);
  EXPECT_EQ(*value, 5);
  EXPECT_EQ(Half(3).error().detail(), "no");
}

TEST(Result, ReachesIntoTheValue) {
  const Result<std::string> result(std::string("abc"));
  EXPECT_EQ(result->size(), 3u);
}

TEST(Result, OfVoidIsSuccessOrAnError) {
  EXPECT_TRUE(CheckEven(2).ok());
  const Result<void> bad = CheckEven(1);
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error(), SomeError());
}

TEST(ResultDeathTest, AbortsWhenAskedForWhatItDoesNotHold) {
  EXPECT_DEATH((void)Half(3).value(), "check failed: ok");
  EXPECT_DEATH((void)Half(4).error(), "check failed: !ok");
  EXPECT_DEATH((void)CheckEven(4).error(), "check failed: !ok");
}

}  // namespace
}  // namespace streampair
