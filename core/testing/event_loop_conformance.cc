#include "core/testing/event_loop_conformance.h"

#include <atomic>
#include <memory>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace streampair {
namespace {

// Runs `fn` when destroyed, unless moved from.
class OnDestroy {
 public:
  explicit OnDestroy(std::function<void()> fn) : fn_(std::move(fn)) {}
  OnDestroy(OnDestroy&& other) noexcept : fn_(std::exchange(other.fn_, nullptr)) {}
  ~OnDestroy() {
    if (fn_) fn_();
  }

 private:
  std::function<void()> fn_;
};

std::vector<int> UpTo(int count) {
  std::vector<int> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

TEST_P(EventLoopConformance, RunsPostedTasksInOrder) {
  std::vector<int> ran;
  for (int i = 0; i < 1000; ++i) loop().Post([&, i] { ran.push_back(i); });
  ASSERT_TRUE(harness_->RunUntil([&] { return ran.size() == 1000; }));
  EXPECT_EQ(ran, UpTo(1000));
}

TEST_P(EventLoopConformance, RunsTasksOnItsThread) {
  bool inside = false;
  bool ran = false;
  loop().Post([&] {
    inside = loop().InLoopThread();
    loop().AssertHere();
    ran = true;
  });
  ASSERT_TRUE(harness_->RunUntil([&] { return ran; }));
  EXPECT_TRUE(inside);
  std::thread([&] { EXPECT_FALSE(loop().InLoopThread()); }).join();
}

TEST_P(EventLoopConformance, NeverRunsATaskInsideTheCallThatRegistersIt) {
  int ran = 0;
  harness_->Run([&] {
    loop().Post([&] { ++ran; });
    EXPECT_EQ(ran, 0);
    loop().AddTimer(MonotonicTime(), [&] { ++ran; });
    EXPECT_EQ(ran, 0);
  });
  EXPECT_TRUE(harness_->RunUntil([&] { return ran == 2; }));
}

TEST_P(EventLoopConformance, KeepsTheOrderOfPostsMadeByTasks) {
  std::vector<int> ran;
  harness_->Run([&] {
    loop().Post([&] {
      ran.push_back(0);
      loop().Post([&] { ran.push_back(2); });
    });
    loop().Post([&] { ran.push_back(1); });
  });
  ASSERT_TRUE(harness_->RunUntil([&] { return ran.size() == 3; }));
  EXPECT_EQ(ran, UpTo(3));
}

TEST_P(EventLoopConformance, DestroysATaskThatRanBeforeTheNextRuns) {
  auto witness = std::make_shared<int>();
  long uses = 0;
  loop().Post([witness] {});
  loop().Post([&] { uses = witness.use_count(); });
  ASSERT_TRUE(harness_->RunUntil([&] { return uses != 0; }));
  EXPECT_EQ(uses, 1);
}

TEST_P(EventLoopConformance, RunsTimersInTheOrderInWhichTheyAreDue) {
  std::vector<int> ran;
  const MonotonicTime now = loop().Now();
  const int delays[] = {3, 1, 2, 0};
  harness_->Run([&] {
    for (const int delay : delays) {
      loop().AddTimer(now + absl::Milliseconds(delay), [&, delay] { ran.push_back(delay); });
    }
  });
  ASSERT_TRUE(harness_->RunUntil([&] { return ran.size() == 4; }));
  EXPECT_EQ(ran, UpTo(4));
}

TEST_P(EventLoopConformance, RunsTimersForOneMomentInTheOrderOfAdding) {
  std::vector<int> ran;
  const MonotonicTime when = loop().Now() + absl::Milliseconds(2);
  harness_->Run([&] {
    for (int i = 0; i < 100; ++i) loop().AddTimer(when, [&, i] { ran.push_back(i); });
  });
  ASSERT_TRUE(harness_->RunUntil([&] { return ran.size() == 100; }));
  EXPECT_EQ(ran, UpTo(100));
}

TEST_P(EventLoopConformance, NeverRunsATimerEarly) {
  int ran = 0;
  for (const absl::Duration delay :
       {absl::Nanoseconds(1), absl::Microseconds(300), absl::Microseconds(1700),
        absl::Milliseconds(5) + absl::Nanoseconds(1)}) {
    const MonotonicTime when = loop().Now() + delay;
    loop().AddTimer(when, [&, when] {
      EXPECT_GE(loop().Now(), when);
      ++ran;
    });
  }
  EXPECT_TRUE(harness_->RunUntil([&] { return ran == 4; }));
}

TEST_P(EventLoopConformance, ATimerOfThePastRunsSoonAndOnce) {
  int ran = 0;
  loop().AddTimer(MonotonicTime::FromNanos(-5), [&] { ++ran; });
  ASSERT_TRUE(harness_->RunUntil([&] { return ran > 0; }));
  bool later = false;
  loop().AddTimer(loop().Now() + absl::Milliseconds(2), [&] { later = true; });
  ASSERT_TRUE(harness_->RunUntil([&] { return later; }));
  EXPECT_EQ(ran, 1);
}

TEST_P(EventLoopConformance, AnInfiniteTimerNeverRunsButCanBeCancelled) {
  const EventLoop::TimerId id = loop().AddTimer(MonotonicTime::Infinite(), [] { ADD_FAILURE(); });
  bool later = false;
  loop().AddTimer(loop().Now() + absl::Milliseconds(2), [&] { later = true; });
  ASSERT_TRUE(harness_->RunUntil([&] { return later; }));
  EXPECT_TRUE(loop().CancelTimer(id));
}

TEST_P(EventLoopConformance, ATimerMayAddTheNext) {
  int ran = 0;
  struct Tick {
    EventLoop* loop;
    int* ran;
    void operator()() const {
      if (++*ran < 5) loop->AddTimer(loop->Now(), *this);
    }
  };
  loop().AddTimer(loop().Now(), Tick{&loop(), &ran});
  EXPECT_TRUE(harness_->RunUntil([&] { return ran == 5; }));
}

TEST_P(EventLoopConformance, TimersThatRenewThemselvesDoNotHoldUpPosts) {
  const auto stop = std::make_shared<bool>(false);
  struct Tick {
    EventLoop* loop;
    std::shared_ptr<bool> stop;
    void operator()() const {
      if (!*stop) loop->AddTimer(MonotonicTime(), *this);
    }
  };
  loop().AddTimer(MonotonicTime(), Tick{&loop(), stop});
  bool posted = false;
  loop().Post([&] { posted = true; });
  EXPECT_TRUE(harness_->RunUntil([&] { return posted; }));
  harness_->Run([&] { *stop = true; });
}

TEST_P(EventLoopConformance, ACancelledTimerDoesNotRunAndIsDestroyedAtOnce) {
  auto witness = std::make_shared<int>();
  const EventLoop::TimerId id =
      loop().AddTimer(loop().Now() + absl::Hours(1), [witness] { ADD_FAILURE(); });
  EXPECT_EQ(witness.use_count(), 2);
  EXPECT_TRUE(loop().CancelTimer(id));
  EXPECT_EQ(witness.use_count(), 1);
  EXPECT_FALSE(loop().CancelTimer(id));
}

TEST_P(EventLoopConformance, CancelSaysNoToWhatRanAndToWhatNeverWas) {
  bool ran = false;
  const EventLoop::TimerId id = loop().AddTimer(loop().Now(), [&] { ran = true; });
  EXPECT_NE(id, 0u);
  ASSERT_TRUE(harness_->RunUntil([&] { return ran; }));
  harness_->Run([&] {
    EXPECT_FALSE(loop().CancelTimer(id));
    EXPECT_FALSE(loop().CancelTimer(0));
    EXPECT_FALSE(loop().CancelTimer(id + 1000));
  });
}

TEST_P(EventLoopConformance, ATimerCannotCancelItselfWhileItRuns) {
  bool done = false;
  EventLoop::TimerId id = 0;
  harness_->Run([&] {
    id = loop().AddTimer(loop().Now(), [&] {
      EXPECT_FALSE(loop().CancelTimer(id));
      done = true;
    });
  });
  EXPECT_TRUE(harness_->RunUntil([&] { return done; }));
}

TEST_P(EventLoopConformance, ATimerMayCancelOneThatIsDueWithIt) {
  bool done = false;
  EventLoop::TimerId second = 0;
  harness_->Run([&] {
    const MonotonicTime when = loop().Now();
    loop().AddTimer(when, [&] { EXPECT_TRUE(loop().CancelTimer(second)); });
    second = loop().AddTimer(when, [] { ADD_FAILURE(); });
    loop().AddTimer(when, [&] { done = true; });
  });
  EXPECT_TRUE(harness_->RunUntil([&] { return done; }));
}

TEST_P(EventLoopConformance, WhatDestroyingATaskDoesMayUseTheLoop) {
  bool posted = false;
  OnDestroy at_end([&] { loop().Post([&] { posted = true; }); });
  const EventLoop::TimerId id =
      loop().AddTimer(loop().Now() + absl::Hours(1), [at_end = std::move(at_end)] {});
  EXPECT_TRUE(loop().CancelTimer(id));
  EXPECT_TRUE(harness_->RunUntil([&] { return posted; }));
}

TEST_P(EventLoopConformance, TimerIdsAreNotReused) {
  const EventLoop::TimerId first = loop().AddTimer(MonotonicTime::Infinite(), [] {});
  EXPECT_TRUE(loop().CancelTimer(first));
  const EventLoop::TimerId second = loop().AddTimer(MonotonicTime::Infinite(), [] {});
  EXPECT_NE(first, second);
  EXPECT_FALSE(loop().CancelTimer(first));
  EXPECT_TRUE(loop().CancelTimer(second));
}

TEST_P(EventLoopConformance, KeepsTheOrderOfEachPostingThread) {
  constexpr int kThreads = 4;
  constexpr int kPosts = 500;
  std::vector<std::vector<int>> ran(kThreads);
  int total = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kPosts; ++i) {
        loop().Post([&, t, i] {
          ran[t].push_back(i);
          ++total;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(harness_->RunUntil([&] { return total == kThreads * kPosts; }));
  for (const std::vector<int>& one : ran) EXPECT_EQ(one, UpTo(kPosts));
}

TEST_P(EventLoopConformance, DestroysWhatIsLeftWithTheLoop) {
  std::atomic<int> destroyed = 0;
  harness_->Run([&] {
    OnDestroy timed([&] { ++destroyed; });
    loop().AddTimer(loop().Now() + absl::Hours(1), [timed = std::move(timed)] {});
    OnDestroy infinite([&] { ++destroyed; });
    loop().AddTimer(MonotonicTime::Infinite(), [infinite = std::move(infinite)] {});
  });
  EXPECT_EQ(destroyed, 0);
  harness_.reset();
  EXPECT_EQ(destroyed, 2);
}

}  // namespace
}  // namespace streampair
