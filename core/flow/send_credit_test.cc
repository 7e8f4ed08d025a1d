#include "core/flow/send_credit.h"

#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(SendCredit, IsSpentAndGranted) {
  SendCredit credit(100);
  EXPECT_EQ(credit.available(), 100u);
  credit.Take(60);
  credit.Take(0);
  EXPECT_EQ(credit.available(), 40u);
  credit.Take(40);
  EXPECT_EQ(credit.available(), 0u);
  EXPECT_TRUE(credit.Grant(7));
  EXPECT_EQ(credit.available(), 7u);
}

TEST(SendCredit, MayStartEmptyOrFull) {
  EXPECT_EQ(SendCredit(0).available(), 0u);
  EXPECT_EQ(SendCredit(SendCredit::kMax).available(), SendCredit::kMax);
}

TEST(SendCredit, RefusesAGrantBeyondTheMaximumAndStaysAsItWas) {
  SendCredit credit(10);
  EXPECT_TRUE(credit.Grant(SendCredit::kMax - 10));
  EXPECT_FALSE(credit.Grant(1));
  EXPECT_EQ(credit.available(), SendCredit::kMax);
  EXPECT_TRUE(credit.Grant(0));
  credit.Take(1);
  EXPECT_FALSE(credit.Grant(2));
  EXPECT_TRUE(credit.Grant(1));
}

TEST(SendCredit, AHugeGrantDoesNotWrapAround) {
  SendCredit credit(10);
  EXPECT_FALSE(credit.Grant(std::numeric_limits<uint64_t>::max()));
  EXPECT_FALSE(credit.Grant(std::numeric_limits<uint64_t>::max() - 9));
  EXPECT_EQ(credit.available(), 10u);
}

TEST(SendCredit, UnlimitedIsNeverUsedUp) {
  SendCredit credit = SendCredit::Unlimited();
  EXPECT_TRUE(credit.unlimited());
  credit.Take(SendCredit::kMax);
  EXPECT_EQ(credit.available(), SendCredit::kMax);
  EXPECT_TRUE(credit.Grant(std::numeric_limits<uint64_t>::max()));
  EXPECT_FALSE(SendCredit(1).unlimited());
}

TEST(SendCreditDeathTest, OverdraftIsOurMistake) {
  SendCredit credit(10);
  EXPECT_DEATH(credit.Take(11), "check failed");
  EXPECT_DEATH(SendCredit(SendCredit::kMax + 1), "check failed");
}

}  // namespace
}  // namespace streampair
