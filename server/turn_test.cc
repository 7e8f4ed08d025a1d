#include "server/turn.h"

#include <atomic>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(Turn, IsHadByOneAtATime) {
  Turn turn;
  EXPECT_TRUE(turn.Take());
  EXPECT_FALSE(turn.Take());
  EXPECT_FALSE(turn.Release()) << "someone asked";
  EXPECT_TRUE(turn.Release());
  EXPECT_TRUE(turn.Take());
}

TEST(Turn, MayBeginTaken) {
  Turn turn(/*taken=*/true);
  EXPECT_FALSE(turn.Take());
}

TEST(Turn, LosesNoRequest) {
  Turn turn;
  int worked = 0;  // Unguarded on purpose: the turn is the guard.
  std::atomic<int> asked{0};
  int seen = 0;
  const auto ask = [&] {
    for (int i = 0; i < 10000; ++i) {
      asked.fetch_add(1);
      if (!turn.Take()) continue;
      do {
        ++worked;
        seen = asked.load();
      } while (!turn.Release());
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(ask);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen, 40000);
  EXPECT_LE(worked, 80000);
}

}  // namespace
}  // namespace streampair
