#include "core/flow/window_budget.h"

#include "gtest/gtest.h"

namespace streampair {
namespace {

constexpr WindowBudget::Limits kSmall = {.extra = 100, .window_alone = 40, .window_shared = 10};

TEST(WindowBudget, GivesWhatIsLeft) {
  WindowBudget budget(kSmall);
  EXPECT_EQ(budget.Take(60), 60u);
  EXPECT_EQ(budget.Take(60), 40u);
  EXPECT_EQ(budget.Take(1), 0u);
  EXPECT_EQ(budget.taken(), 100u);
  budget.GiveBack(30);
  EXPECT_EQ(budget.Take(60), 30u);
}

TEST(WindowBudget, LimitsAWindowMoreBesideOthers) {
  WindowBudget budget(kSmall);
  EXPECT_EQ(budget.WindowLimit(), 40u);
  budget.SetActiveChannels(2);
  EXPECT_EQ(budget.WindowLimit(), 10u);
  budget.SetActiveChannels(1);
  EXPECT_EQ(budget.WindowLimit(), 40u);
  budget.SetActiveChannels(0);
  EXPECT_EQ(budget.WindowLimit(), 40u);
}

TEST(WindowBudget, TakesFromAPoolThatOthersShare) {
  GrowthPool pool(120);
  WindowBudget one(kSmall, &pool);
  WindowBudget other(kSmall, &pool);
  EXPECT_EQ(one.Take(90), 90u);
  EXPECT_EQ(other.Take(90), 30u);
  EXPECT_EQ(one.Take(10), 0u);
  EXPECT_EQ(pool.left(), 0u);
  one.GiveBack(90);
  EXPECT_EQ(pool.left(), 90u);
  EXPECT_EQ(other.Take(90), 70u) << "its own limit";
}

TEST(WindowBudget, HasTheMeasuredDefaults) {
  WindowBudget budget;
  EXPECT_EQ(budget.WindowLimit(), 4u << 20);
  EXPECT_EQ(budget.Take(1u << 30), 64u << 20);
}

TEST(WindowBudgetDeathTest, GivingBackTooMuchIsOurMistake) {
  WindowBudget budget(kSmall);
  EXPECT_EQ(budget.Take(5), 5u);
  EXPECT_DEATH(budget.GiveBack(6), "check failed");
}

}  // namespace
}  // namespace streampair
