// Every method of one loop from many threads at once. To be run under ThreadSanitizer, too.

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "core/base/check.h"
#include "core/base/unique_fd.h"
#include "core/loop/loop_thread.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

constexpr int kThreads = 6;
constexpr int kSteps = 4000;

class EpollLoopStress : public testing::Test {
 protected:
  EventLoop& loop() { return thread_->loop(); }

  // Calls `work(random)` kSteps times on each of kThreads threads; returns when all are done.
  template <typename Work>
  void OnManyThreads(Work work) {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([work, t]() mutable {
        std::mt19937 random(t);
        for (int i = 0; i < kSteps; ++i) work(random);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  // Returns after all that was due for the loop before this call: timers of up to 2 ms, then
  // posts, then events in several rounds, since one round takes a limited number of them.
  void Settle() {
    for (int round = 0; round < 5; ++round) {
      absl::Notification done;
      loop().AddTimer(loop().Now() + absl::Milliseconds(2),
                      [&] { loop().Post([&] { done.Notify(); }); });
      SP_CHECK(done.WaitForNotificationWithTimeout(absl::Seconds(60)));
    }
  }

  std::unique_ptr<LoopThread> thread_ = LoopThread::Start("stress").value();
};

TEST_F(EpollLoopStress, EveryPostRuns) {
  int ran = 0;  // Touched on the loop's thread only.
  absl::BlockingCounter left(kThreads * kSteps);
  OnManyThreads([&](std::mt19937&) {
    loop().Post([&] {
      ++ran;
      left.DecrementCount();
    });
  });
  left.Wait();
  absl::Notification done;
  loop().Post([&] {
    EXPECT_EQ(ran, kThreads * kSteps);
    done.Notify();
  });
  done.WaitForNotification();
}

TEST_F(EpollLoopStress, EveryTimerEitherRunsOrIsCancelled) {
  std::atomic<int> ran = 0;
  std::atomic<int> cancelled = 0;
  OnManyThreads([&](std::mt19937& random) {
    const absl::Duration delay = absl::Microseconds(random() % 2000);
    auto task_ran = std::make_shared<std::atomic<bool>>(false);
    const EventLoop::TimerId id = loop().AddTimer(loop().Now() + delay, [&ran, task_ran] {
      task_ran->store(true);
      ++ran;
    });
    if (random() % 2 == 0) return;
    if (random() % 8 == 0) std::this_thread::yield();
    if (!loop().CancelTimer(id)) return;
    EXPECT_FALSE(task_ran->load());
    EXPECT_EQ(task_ran.use_count(), 1);
    ++cancelled;
  });
  Settle();
  EXPECT_EQ(ran + cancelled, kThreads * kSteps);
}

// Counts its calls; its descriptor lives as long as it.
class Counter : public FdHandler {
 public:
  Counter() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { SP_CHECK(fd_.valid()); }

  void OnEvents(uint32_t events) override {
    SP_CHECK((events & EPOLLIN) != 0);
    // Only what was written to this descriptor may lead here.
    SP_CHECK(written_.load());
    calls_.fetch_add(1);
  }

  void Write() {
    written_.store(true);
    const uint64_t one = 1;
    SP_CHECK(write(fd_.get(), &one, sizeof(one)) == sizeof(one));
  }

  void Close() { fd_.Reset(); }
  int fd() const { return fd_.get(); }
  int calls() const { return calls_.load(); }

 private:
  UniqueFd fd_;
  std::atomic<bool> written_{false};
  std::atomic<int> calls_{0};
};

// Descriptors come and go while their numbers are reused all the time. A handler whose
// descriptor was never written to must never be called.
TEST_F(EpollLoopStress, EventsReachOnlyTheirOwnWatch) {
  OnManyThreads([&](std::mt19937& random) {
    const auto counter = std::make_shared<Counter>();
    const EventLoop::WatchId id = loop().Watch(counter->fd(), EPOLLIN | EPOLLET, counter);
    SP_CHECK(id != 0);
    if (random() % 2 == 0) counter->Write();
    if (random() % 4 == 0) std::this_thread::yield();
    loop().Unwatch(id);
    counter->Close();
  });
  Settle();
}

TEST_F(EpollLoopStress, EveryWrittenDescriptorIsTold) {
  std::vector<std::shared_ptr<Counter>> counters;
  std::vector<EventLoop::WatchId> ids;
  for (int i = 0; i < 500; ++i) {
    counters.push_back(std::make_shared<Counter>());
    ids.push_back(loop().Watch(counters.back()->fd(), EPOLLIN | EPOLLET, counters.back()));
  }
  std::atomic<size_t> next = 0;
  OnManyThreads([&](std::mt19937&) {
    const size_t index = next++;
    if (index < counters.size()) counters[index]->Write();
  });
  Settle();
  for (const auto& counter : counters) EXPECT_GE(counter->calls(), 1);
  for (const EventLoop::WatchId id : ids) loop().Unwatch(id);
}

TEST_F(EpollLoopStress, EverythingAtOnce) {
  std::atomic<int> posted = 0;
  std::atomic<int> posts_run = 0;
  OnManyThreads([&](std::mt19937& random) {
    switch (random() % 3) {
      case 0:
        ++posted;
        loop().Post([&] { ++posts_run; });
        break;
      case 1: {
        const EventLoop::TimerId id = loop().AddTimer(
            loop().Now() + absl::Microseconds(random() % 500), [this] { loop().Post([] {}); });
        loop().CancelTimer(random() % 2 == 0 ? id : id - 1);
        break;
      }
      case 2: {
        const auto counter = std::make_shared<Counter>();
        const EventLoop::WatchId id = loop().Watch(counter->fd(), EPOLLIN | EPOLLET, counter);
        counter->Write();
        // Closing is the business of the loop's thread here.
        loop().Post([this, id, counter] {
          loop().Unwatch(id);
          const int calls = counter->calls();
          loop().Post([counter, calls] { EXPECT_EQ(counter->calls(), calls); });
        });
        break;
      }
    }
  });
  Settle();
  EXPECT_EQ(posts_run, posted);
}

TEST_F(EpollLoopStress, LoopsComeAndGoUnderFire) {
  for (int i = 0; i < 50; ++i) {
    std::unique_ptr<LoopThread> brief = LoopThread::Start("brief").value();
    EventLoop& victim = brief->loop();
    std::thread other([&victim] {
      for (int j = 0; j < 100; ++j) {
        victim.Post([] {});
        victim.CancelTimer(victim.AddTimer(victim.Now(), [] {}));
      }
    });
    other.join();
    brief.reset();
  }
}

}  // namespace
}  // namespace streampair
