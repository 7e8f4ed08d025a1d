#include "core/flow/receive_window.h"

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "core/flow/window_budget.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

constexpr bool kStarved = true;
constexpr bool kNotStarved = false;

TEST(ReceiveWindow, AcceptsExactlyItsCredit) {
  WindowBudget budget;
  ReceiveWindow window(100, &budget);
  EXPECT_TRUE(window.OnData(99, kNotStarved));
  EXPECT_FALSE(window.OnData(2, kNotStarved));
  EXPECT_EQ(window.credit(), 1u);
  EXPECT_EQ(window.unread(), 99u);
  EXPECT_TRUE(window.OnData(1, kNotStarved));
  EXPECT_TRUE(window.OnData(0, kNotStarved));
  EXPECT_FALSE(window.OnData(1, kNotStarved));
}

TEST(ReceiveWindow, GrantsBackAtHalf) {
  WindowBudget budget;
  ReceiveWindow window(100, &budget);
  ASSERT_TRUE(window.OnData(100, kNotStarved));
  EXPECT_EQ(window.OnConsumed(49), 0u);
  EXPECT_EQ(window.OnConsumed(1), 50u);
  EXPECT_EQ(window.OnConsumed(49), 0u);
  EXPECT_EQ(window.OnConsumed(1), 50u);
  EXPECT_EQ(window.credit(), 100u);
  EXPECT_EQ(window.unread(), 0u);
}

TEST(ReceiveWindow, WorksWithOddAndTinySizes) {
  WindowBudget budget;
  ReceiveWindow odd(5, &budget);
  ASSERT_TRUE(odd.OnData(5, kNotStarved));
  EXPECT_EQ(odd.OnConsumed(2), 0u);
  EXPECT_EQ(odd.OnConsumed(1), 3u);
  ReceiveWindow one(1, &budget);
  ASSERT_TRUE(one.OnData(1, kNotStarved));
  EXPECT_EQ(one.OnConsumed(1), 1u);
}

TEST(ReceiveWindow, DoublesForAReaderThatKeepsUp) {
  WindowBudget budget;
  ReceiveWindow window(100, &budget);
  ASSERT_TRUE(window.OnData(100, kStarved));
  EXPECT_EQ(window.OnConsumed(100), 200u);
  EXPECT_EQ(window.size(), 200u);
  EXPECT_EQ(window.credit(), 200u);
  EXPECT_EQ(budget.taken(), 100u);
}

TEST(ReceiveWindow, GrowsWhenTheBacklogRunsEmptyNotWhenTheDataArrives) {
  WindowBudget budget;
  ReceiveWindow window(100, &budget);
  ASSERT_TRUE(window.OnData(100, kStarved));
  EXPECT_EQ(window.OnConsumed(60), 60u);  // Half is consumed, but more lies here.
  EXPECT_EQ(window.size(), 100u);
  EXPECT_EQ(window.OnConsumed(40), 140u);  // Now: what was consumed, and as much as there was.
  EXPECT_EQ(window.size(), 200u);
}

TEST(ReceiveWindow, ForgetsStarvationThatLaterDataTakesBack) {
  WindowBudget budget;
  ReceiveWindow window(100, &budget);
  ASSERT_TRUE(window.OnData(50, kStarved));
  ASSERT_TRUE(window.OnData(10, kNotStarved));
  EXPECT_EQ(window.OnConsumed(60), 60u);
  EXPECT_EQ(window.size(), 100u);
}

TEST(ReceiveWindow, GrowsOncePerStarvation) {
  WindowBudget budget;
  ReceiveWindow window(100, &budget);
  ASSERT_TRUE(window.OnData(100, kStarved));
  EXPECT_EQ(window.OnConsumed(100), 200u);
  EXPECT_EQ(window.OnConsumed(0), 0u);
  ASSERT_TRUE(window.OnData(200, kNotStarved));
  EXPECT_EQ(window.OnConsumed(200), 200u);
  EXPECT_EQ(window.size(), 200u);
}

TEST(ReceiveWindow, NeverGrowsForAPairThatNobodyReads) {
  WindowBudget budget;
  ReceiveWindow window(100, &budget);
  ASSERT_TRUE(window.OnData(100, kStarved));
  EXPECT_EQ(window.OnConsumed(99), 99u);
  ASSERT_TRUE(window.OnData(99, kStarved));
  EXPECT_EQ(window.size(), 100u);
  EXPECT_FALSE(window.OnData(1, kStarved));
}

TEST(ReceiveWindow, StopsAtTheLimitForOneWindow) {
  WindowBudget budget({.extra = 10000, .window_alone = 300, .window_shared = 150});
  ReceiveWindow window(100, &budget);
  budget.SetActiveChannels(2);
  ASSERT_TRUE(window.OnData(100, kStarved));
  EXPECT_EQ(window.OnConsumed(100), 150u);
  ASSERT_TRUE(window.OnData(150, kStarved));
  EXPECT_EQ(window.OnConsumed(150), 150u);
  budget.SetActiveChannels(1);
  ASSERT_TRUE(window.OnData(150, kStarved));
  EXPECT_EQ(window.OnConsumed(150), 300u);
  // Back among others it keeps what it was granted, and gets no more.
  budget.SetActiveChannels(2);
  ASSERT_TRUE(window.OnData(300, kStarved));
  EXPECT_EQ(window.OnConsumed(300), 300u);
  EXPECT_EQ(window.size(), 300u);
}

TEST(ReceiveWindow, KeepsAnInitialSizeAboveTheLimit) {
  WindowBudget budget({.extra = 10000, .window_alone = 50, .window_shared = 50});
  ReceiveWindow window(100, &budget);
  ASSERT_TRUE(window.OnData(100, kStarved));
  EXPECT_EQ(window.OnConsumed(100), 100u);
  EXPECT_EQ(window.size(), 100u);
}

TEST(ReceiveWindow, SharesTheBudgetAndReturnsIt) {
  WindowBudget budget({.extra = 150, .window_alone = 1000, .window_shared = 1000});
  auto first = std::make_unique<ReceiveWindow>(100, &budget);
  ReceiveWindow second(100, &budget);
  ASSERT_TRUE(first->OnData(100, kStarved));
  EXPECT_EQ(first->OnConsumed(100), 200u);
  ASSERT_TRUE(second.OnData(100, kStarved));
  EXPECT_EQ(second.OnConsumed(100), 150u);  // Only 50 were left to grow by.
  ASSERT_TRUE(second.OnData(150, kStarved));
  EXPECT_EQ(second.OnConsumed(150), 150u);  // None.
  first.reset();
  EXPECT_EQ(budget.taken(), 50u);
  ASSERT_TRUE(second.OnData(150, kStarved));
  EXPECT_EQ(second.OnConsumed(150), 250u);
}

TEST(ReceiveWindowDeathTest, ConsumingWhatDidNotArriveIsOurMistake) {
  WindowBudget budget;
  ReceiveWindow window(100, &budget);
  ASSERT_TRUE(window.OnData(10, kNotStarved));
  EXPECT_DEATH((void)window.OnConsumed(11), "check failed");
}

// A sender that always has more, a reader of random speed: whatever they do, the window holds
// its promises, and the sender never waits for credit that does not come.
TEST(ReceiveWindow, NeitherOverflowsNorStallsInRandomUse) {
  std::mt19937 random(1);
  WindowBudget budget({.extra = 5000, .window_alone = 2000, .window_shared = 700});
  for (int run = 0; run < 200; ++run) {
    ReceiveWindow window(1 + random() % 300, &budget);
    size_t sender_credit = window.size();
    for (int step = 0; step < 300; ++step) {
      budget.SetActiveChannels(random() % 3);
      const size_t sent = std::min<size_t>(sender_credit, random() % 400);
      sender_credit -= sent;
      ASSERT_TRUE(window.OnData(sent, sender_credit == 0));
      const size_t read = random() % 4 == 0 ? window.unread() : random() % (window.unread() + 1);
      sender_credit += window.OnConsumed(read);
      ASSERT_EQ(sender_credit, window.credit());
      ASSERT_LE(window.credit() + window.unread(), window.size());
      ASSERT_TRUE(sender_credit > 0 || window.unread() > 0);
    }
  }
  EXPECT_EQ(budget.taken(), 0u);
}

}  // namespace
}  // namespace streampair
