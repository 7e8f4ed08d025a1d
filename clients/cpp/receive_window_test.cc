#include "clients/cpp/receive_window.h"

#include <gtest/gtest.h>

#include "clients/cpp/send_credit.h"

namespace streampair::client {
namespace {

constexpr size_t kLimit = 4000;

TEST(ReceiveWindow, GrantsBackAtHalf) {
  WindowBudget budget(0);
  ReceiveWindow window(1000, &budget);
  ASSERT_TRUE(window.OnData(600, false));
  EXPECT_EQ(window.OnConsumed(499, kLimit), 0u);
  EXPECT_EQ(window.OnConsumed(1, kLimit), 500u);
  EXPECT_EQ(window.credit(), 900u);
  EXPECT_EQ(window.unread(), 100u);
}

TEST(ReceiveWindow, RefusesMoreThanTheCredit) {
  WindowBudget budget(0);
  ReceiveWindow window(1000, &budget);
  EXPECT_FALSE(window.OnData(1001, false));
  EXPECT_TRUE(window.OnData(1000, false));
  EXPECT_FALSE(window.OnData(1, false));
  EXPECT_EQ(window.unread(), 1000u);
}

TEST(ReceiveWindow, OneByteWindowWorks) {
  WindowBudget budget(0);
  ReceiveWindow window(1, &budget);
  ASSERT_TRUE(window.OnData(1, true));
  EXPECT_EQ(window.OnConsumed(1, 0), 1u);
}

TEST(ReceiveWindow, GrowsForAReaderThatKeepsUp) {
  WindowBudget budget(100000);
  ReceiveWindow window(1000, &budget);
  ASSERT_TRUE(window.OnData(1000, true));
  EXPECT_EQ(window.OnConsumed(1000, kLimit), 2000u);
  ASSERT_TRUE(window.OnData(2000, true));
  EXPECT_EQ(window.OnConsumed(2000, kLimit), 4000u);
  ASSERT_TRUE(window.OnData(4000, true));
  EXPECT_EQ(window.OnConsumed(4000, kLimit), 4000u);
  EXPECT_EQ(window.size(), kLimit);
  EXPECT_EQ(budget.left(), 97000u);
}

TEST(ReceiveWindow, DoesNotGrowWhileBytesAreUnread) {
  WindowBudget budget(100000);
  ReceiveWindow window(1000, &budget);
  ASSERT_TRUE(window.OnData(1000, true));
  EXPECT_EQ(window.OnConsumed(999, kLimit), 999u);
  EXPECT_EQ(window.size(), 1000u);
  // The sender says nothing of the kind any more.
  ASSERT_TRUE(window.OnData(10, false));
  EXPECT_EQ(window.OnConsumed(11, kLimit), 0u);
  EXPECT_EQ(window.size(), 1000u);
}

TEST(ReceiveWindow, DoesNotGrowPastLimitOrBudget) {
  WindowBudget budget(300);
  ReceiveWindow window(1000, &budget);
  ASSERT_TRUE(window.OnData(1000, true));
  EXPECT_EQ(window.OnConsumed(1000, 1000), 1000u);
  ASSERT_TRUE(window.OnData(1000, true));
  EXPECT_EQ(window.OnConsumed(1000, kLimit), 1300u);
  EXPECT_EQ(budget.left(), 0u);
}

TEST(ReceiveWindow, ReturnsItsGrowth) {
  WindowBudget budget(5000);
  {
    ReceiveWindow window(1000, &budget);
    ASSERT_TRUE(window.OnData(1000, true));
    EXPECT_EQ(window.OnConsumed(1000, kLimit), 2000u);
    EXPECT_EQ(budget.left(), 4000u);
  }
  EXPECT_EQ(budget.left(), 5000u);
}

TEST(SendCredit, StartsWithEarlyDataAndNeverPassesItsMaximum) {
  SendCredit credit;
  EXPECT_EQ(credit.available(), 65536u);
  credit.Take(65536);
  EXPECT_TRUE(credit.Grant(SendCredit::kMax));
  EXPECT_FALSE(credit.Grant(1));
  EXPECT_EQ(credit.available(), SendCredit::kMax);
  EXPECT_FALSE(credit.Grant(~uint64_t{0}));
}

}  // namespace
}  // namespace streampair::client
