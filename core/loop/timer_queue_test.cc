#include "core/loop/timer_queue.h"

#include <map>
#include <memory>
#include <random>
#include <vector>

#include "core/base/monotonic_time.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

MonotonicTime At(int64_t nanos) { return MonotonicTime::FromNanos(nanos); }

std::vector<EventLoop::TimerId> Due(const TimerQueue& queue, MonotonicTime now) {
  std::vector<EventLoop::TimerId> due;
  queue.ListDue(now, &due);
  return due;
}

TEST(TimerQueue, StartsEmpty) {
  TimerQueue queue;
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_TRUE(queue.NextDue().IsInfinite());
  EXPECT_TRUE(Due(queue, MonotonicTime::Infinite()).empty());
  EXPECT_EQ(queue.Take(1), nullptr);
}

TEST(TimerQueue, ListsByMomentThenByOrderOfAdding) {
  TimerQueue queue;
  const auto late = queue.Add(At(30), [] {});
  const auto early = queue.Add(At(10), [] {});
  const auto early_too = queue.Add(At(10), [] {});
  EXPECT_EQ(queue.NextDue(), At(10));
  EXPECT_TRUE(Due(queue, At(9)).empty());
  EXPECT_EQ(Due(queue, At(10)), (std::vector{early, early_too}));
  EXPECT_EQ(Due(queue, At(30)), (std::vector{early, early_too, late}));
  EXPECT_EQ(queue.size(), 3u);
}

TEST(TimerQueue, HandsOutATaskOnce) {
  TimerQueue queue;
  int ran = 0;
  const auto id = queue.Add(At(10), [&] { ++ran; });
  EventLoop::Task task = queue.Take(id);
  ASSERT_NE(task, nullptr);
  task();
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(queue.Take(id), nullptr);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(TimerQueue, InfiniteIsNeverDue) {
  TimerQueue queue;
  queue.Add(MonotonicTime::Infinite(), [] {});
  EXPECT_TRUE(Due(queue, MonotonicTime::Infinite()).empty());
  EXPECT_TRUE(queue.NextDue().IsInfinite());
  EXPECT_EQ(queue.size(), 1u);
}

TEST(TimerQueue, TakeAllEmptiesIt) {
  TimerQueue queue;
  std::vector<int> ran;
  queue.Add(At(20), [&] { ran.push_back(2); });
  queue.Add(At(10), [&] { ran.push_back(1); });
  for (EventLoop::Task& task : queue.TakeAll()) task();
  EXPECT_EQ(ran, (std::vector<int>{1, 2}));
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_TRUE(queue.TakeAll().empty());
}

TEST(TimerQueue, AgreesWithASimpleModel) {
  std::mt19937 random(7);
  TimerQueue queue;
  std::map<EventLoop::TimerId, int64_t> model;
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 2 == 0 || model.empty()) {
      const int64_t when = random() % 1000;
      model[queue.Add(At(when), [] {})] = when;
    } else {
      const auto victim = std::next(model.begin(), random() % model.size());
      EXPECT_NE(queue.Take(victim->first), nullptr);
      model.erase(victim);
    }
    ASSERT_EQ(queue.size(), model.size());
    if (step % 100 != 0) continue;
    const int64_t now = random() % 1000;
    size_t due = 0;
    for (const auto& [id, when] : model) due += when <= now;
    EXPECT_EQ(Due(queue, At(now)).size(), due);
  }
}

}  // namespace
}  // namespace streampair
