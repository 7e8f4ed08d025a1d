#include "core/testing/fake_loop.h"

#include <memory>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "core/testing/event_loop_conformance.h"
#include "core/testing/fake_loop_harness.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

INSTANTIATE_TEST_SUITE_P(Fake, EventLoopConformance, testing::Values(MakeFakeHarness));

struct Recorder : FdHandler {
  void OnEvents(uint32_t got) override { events.push_back(got); }
  std::vector<uint32_t> events;
};

TEST(FakeLoop, DoesNothingByItself) {
  FakeLoop loop;
  bool posted = false;
  bool timed = false;
  loop.Post([&] { posted = true; });
  loop.AddTimer(loop.Now(), [&] { timed = true; });
  EXPECT_FALSE(posted || timed);
  EXPECT_TRUE(loop.RunOnce());
  EXPECT_TRUE(posted && timed);
  EXPECT_FALSE(loop.RunOnce());
}

TEST(FakeLoop, ARoundDoesNotRunWhatItsTasksPost) {
  FakeLoop loop;
  int runs = 0;
  loop.Post([&] { loop.Post([&] { ++runs; }); });
  EXPECT_TRUE(loop.RunOnce());
  EXPECT_EQ(runs, 0);
  loop.RunUntilIdle();
  EXPECT_EQ(runs, 1);
}

TEST(FakeLoop, EveryTimerSeesItsOwnMoment) {
  FakeLoop loop;
  const MonotonicTime start = loop.Now();
  std::vector<absl::Duration> seen;
  loop.AddTimer(start + absl::Seconds(2), [&] {
    seen.push_back(loop.Now() - start);
    loop.AddTimer(loop.Now() + absl::Seconds(1), [&] { seen.push_back(loop.Now() - start); });
  });
  loop.Advance(absl::Seconds(5));
  EXPECT_EQ(seen, (std::vector<absl::Duration>{absl::Seconds(2), absl::Seconds(3)}));
  EXPECT_EQ(loop.Now(), start + absl::Seconds(5));
  EXPECT_EQ(loop.timers(), 0u);
}

TEST(FakeLoop, StopsShortOfATimerThatIsNotDue) {
  FakeLoop loop;
  bool ran = false;
  loop.AddTimer(loop.Now() + absl::Seconds(5), [&] { ran = true; });
  loop.Advance(absl::Seconds(5) - absl::Nanoseconds(1));
  EXPECT_FALSE(ran);
  EXPECT_TRUE(loop.AdvanceToNextTimer());
  EXPECT_TRUE(ran);
  EXPECT_FALSE(loop.AdvanceToNextTimer());
}

TEST(FakeLoop, DeliversWhatAWatchAskedFor) {
  FakeLoop loop;
  const auto recorder = std::make_shared<Recorder>();
  const EventLoop::WatchId id = loop.Watch(5, EPOLLIN, recorder);
  EXPECT_EQ(loop.watches(), 1u);
  EXPECT_TRUE(loop.Deliver(5, EPOLLIN | EPOLLOUT));
  EXPECT_TRUE(loop.Deliver(5, EPOLLHUP));
  EXPECT_FALSE(loop.Deliver(5, EPOLLOUT));
  EXPECT_FALSE(loop.Deliver(6, EPOLLIN));
  loop.Unwatch(id);
  EXPECT_FALSE(loop.Deliver(5, EPOLLIN));
  EXPECT_EQ(recorder->events, (std::vector<uint32_t>{EPOLLIN, EPOLLHUP}));
  EXPECT_EQ(recorder.use_count(), 1);
}

TEST(FakeLoop, TakesPostsFromOtherThreads) {
  FakeLoop loop;
  bool ran = false;
  std::thread([&] {
    EXPECT_FALSE(loop.InLoopThread());
    loop.Post([&] { ran = true; });
  }).join();
  loop.RunUntilIdle();
  EXPECT_TRUE(ran);
}

TEST(FakeLoopDeathTest, NoticesTasksThatNeverEnd) {
  FakeLoop loop;
  struct Again {
    FakeLoop* loop;
    void operator()() const { loop->Post(Again{loop}); }
  };
  loop.Post(Again{&loop});
  EXPECT_DEATH(loop.RunUntilIdle(), "kMaxRounds");
}

}  // namespace
}  // namespace streampair
