#include "core/base/check.h"

#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(Check, PassesWhenTheConditionHolds) {
  int evaluated = 0;
  SP_CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

TEST(CheckDeathTest, AbortsWithPlaceAndCondition) {
  EXPECT_DEATH(SP_CHECK(1 + 1 == 3), "check_test.cc:[0-9]+: check failed: 1 \\+ 1 == 3");
}

}  // namespace
}  // namespace streampair
