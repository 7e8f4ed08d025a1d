#include "core/resolve/srv_order.h"

#include <map>
#include <random>

#include "gtest/gtest.h"

namespace streampair {
namespace {

SrvRecord Record(uint16_t priority, uint16_t weight, std::string target) {
  return SrvRecord{priority, weight, 80, std::move(target)};
}

TEST(SrvOrder, LowerPrioritiesComeFirst) {
  std::mt19937 random(1);
  for (int round = 0; round < 100; ++round) {
    std::vector<SrvRecord> records = {Record(20, 60000, "c"), Record(10, 0, "b"), Record(0, 1, "a"),
                                      Record(20, 0, "d")};
    OrderByRfc2782(records, random);
    EXPECT_EQ(records[0].target, "a");
    EXPECT_EQ(records[1].target, "b");
  }
}

TEST(SrvOrder, WeightsAreProbabilities) {
  std::mt19937 random(2);
  std::map<std::string, int> first;
  constexpr int kRounds = 10000;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<SrvRecord> records = {Record(0, 10, "light"), Record(0, 30, "heavy"),
                                      Record(0, 60, "heaviest"), Record(0, 0, "none")};
    OrderByRfc2782(records, random);
    ASSERT_EQ(records.size(), 4u);
    ++first[records[0].target];
  }
  EXPECT_NEAR(first["light"], kRounds / 10, kRounds / 50);
  EXPECT_NEAR(first["heavy"], 3 * kRounds / 10, kRounds / 50);
  EXPECT_NEAR(first["heaviest"], 6 * kRounds / 10, kRounds / 50);
  EXPECT_GT(first["none"], 0);
  EXPECT_LT(first["none"], kRounds / 25);
}

TEST(SrvOrder, AllOfWeightZeroAndNone) {
  std::mt19937 random(3);
  std::vector<SrvRecord> records;
  OrderByRfc2782(records, random);
  EXPECT_TRUE(records.empty());
  records = {Record(0, 0, "a"), Record(0, 0, "b")};
  OrderByRfc2782(records, random);
  EXPECT_EQ(records.size(), 2u);
}

}  // namespace
}  // namespace streampair
