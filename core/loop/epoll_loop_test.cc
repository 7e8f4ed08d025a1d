#include "core/loop/epoll_loop.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "core/base/unique_fd.h"
#include "core/testing/event_loop_conformance.h"
#include "core/testing/loop_harness.h"
#include "core/testing/open_descriptors.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

INSTANTIATE_TEST_SUITE_P(Epoll, EventLoopConformance, testing::Values(MakeEpollHarness));

// A pair of connected sockets: writing to one makes the other readable.
struct SocketPair {
  SocketPair() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    a.Reset(fds[0]);
    b.Reset(fds[1]);
  }
  UniqueFd a;
  UniqueFd b;
};

void WriteByte(const UniqueFd& fd) { EXPECT_EQ(write(fd.get(), "x", 1), 1); }

struct Handler : FdHandler {
  explicit Handler(std::function<void(uint32_t)> fn) : on_events(std::move(fn)) {}
  void OnEvents(uint32_t events) override { on_events(events); }
  std::function<void(uint32_t)> on_events;
};

// A watch that ends with its scope, before the descriptor that it is declared after.
class ScopedWatch {
 public:
  ScopedWatch(LoopHarness* harness, const UniqueFd& fd, uint32_t events,
              std::function<void(uint32_t)> fn)
      : harness_(harness),
        id_(harness->loop().Watch(fd.get(), events, std::make_shared<Handler>(std::move(fn)))) {
    EXPECT_NE(id_, 0u);
  }
  // On the loop's thread, so that no call is under way any more.
  ~ScopedWatch() {
    harness_->Run([this] { harness_->loop().Unwatch(id_); });
  }

 private:
  LoopHarness* const harness_;
  const EventLoop::WatchId id_;
};

std::shared_ptr<FdHandler> OnEvents(std::function<void(uint32_t)> fn) {
  return std::make_shared<Handler>(std::move(fn));
}

class EpollWatch : public testing::Test {
 protected:
  EventLoop& loop() { return harness_->loop(); }

  // Returns after the loop has gone through everything that was ready before the call.
  void Settle() {
    for (int i = 0; i < 2; ++i) harness_->Run([] {});
  }

  std::unique_ptr<LoopHarness> harness_ = MakeEpollHarness();
};

TEST_F(EpollWatch, TellsOnceWhatIsDueAlready) {
  SocketPair pair;
  WriteByte(pair.b);
  std::vector<uint32_t> seen;
  const ScopedWatch watch(harness_.get(), pair.a, EventLoop::kEdgeTriggered,
                          [&](uint32_t events) { seen.push_back(events); });
  ASSERT_TRUE(harness_->RunUntil([&] { return !seen.empty(); }));
  Settle();
  // Unread data is not told again.
  harness_->Run([&] { EXPECT_EQ(seen, (std::vector<uint32_t>{EPOLLIN | EPOLLOUT})); });
}

TEST_F(EpollWatch, TellsEachNewEdge) {
  SocketPair pair;
  int edges = 0;
  const ScopedWatch watch(harness_.get(), pair.a, EPOLLIN | EPOLLET, [&](uint32_t) { ++edges; });
  for (int i = 1; i <= 3; ++i) {
    WriteByte(pair.b);
    ASSERT_TRUE(harness_->RunUntil([&] { return edges == i; }));
  }
}

TEST_F(EpollWatch, RepeatsWhatIsDueWhenLevelTriggered) {
  SocketPair pair;
  WriteByte(pair.b);
  int calls = 0;
  const ScopedWatch watch(harness_.get(), pair.a, EPOLLIN, [&](uint32_t) { ++calls; });
  EXPECT_TRUE(harness_->RunUntil([&] { return calls >= 3; }));
}

TEST_F(EpollWatch, TellsHalfCloseAndHangUp) {
  SocketPair pair;
  uint32_t all = 0;
  const ScopedWatch watch(harness_.get(), pair.a, EventLoop::kEdgeTriggered,
                          [&](uint32_t events) { all |= events; });
  shutdown(pair.b.get(), SHUT_WR);
  ASSERT_TRUE(harness_->RunUntil([&] { return (all & EPOLLRDHUP) != 0; }));
  harness_->Run([&] { EXPECT_EQ(all & EPOLLHUP, 0u); });
  pair.b.Reset();
  EXPECT_TRUE(harness_->RunUntil([&] { return (all & EPOLLHUP) != 0; }));
}

TEST_F(EpollWatch, CallsHandlersOnItsThread) {
  SocketPair pair;
  bool inside = false;
  bool called = false;
  const ScopedWatch watch(harness_.get(), pair.a, EPOLLOUT | EPOLLET, [&](uint32_t) {
    inside = loop().InLoopThread();
    called = true;
  });
  ASSERT_TRUE(harness_->RunUntil([&] { return called; }));
  EXPECT_TRUE(inside);
}

TEST_F(EpollWatch, IsSilentAfterUnwatchAndLetsGoOfTheHandler) {
  SocketPair pair;
  const auto witness = std::make_shared<int>();
  EventLoop::WatchId id = 0;
  harness_->Run([&] {
    id = loop().Watch(pair.a.get(), OnEvents([witness](uint32_t) { ADD_FAILURE(); }));
    EXPECT_EQ(witness.use_count(), 2);
    loop().Unwatch(id);  // The event was due already; the loop has not looked yet.
    EXPECT_EQ(witness.use_count(), 1);
  });
  WriteByte(pair.b);
  Settle();
  loop().Unwatch(id);  // Harmless, as for 0.
  loop().Unwatch(0);
}

TEST_F(EpollWatch, AHandlerMayUnwatchItselfAndLivesThroughTheCall) {
  SocketPair pair;
  const auto witness = std::make_shared<int>();
  bool called = false;
  EventLoop::WatchId id = 0;
  harness_->Run([&] {
    id = loop().Watch(pair.a.get(), OnEvents([&, witness](uint32_t) {
                        loop().Unwatch(id);
                        EXPECT_EQ(witness.use_count(), 2);
                        called = true;
                      }));
  });
  ASSERT_TRUE(harness_->RunUntil([&] { return called; }));
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(EpollWatch, AHandlerMayUnwatchAnotherWhoseEventCameWithIts) {
  SocketPair one;
  SocketPair two;
  int calls = 0;
  EventLoop::WatchId id_one = 0;
  EventLoop::WatchId id_two = 0;
  harness_->Run([&] {
    // Whichever is called first silences the other.
    id_one = loop().Watch(one.a.get(), OnEvents([&](uint32_t) {
                            ++calls;
                            loop().Unwatch(id_two);
                          }));
    id_two = loop().Watch(two.a.get(), OnEvents([&](uint32_t) {
                            ++calls;
                            loop().Unwatch(id_one);
                          }));
  });
  ASSERT_TRUE(harness_->RunUntil([&] { return calls > 0; }));
  Settle();
  harness_->Run([&] {
    EXPECT_EQ(calls, 1);
    loop().Unwatch(id_one);
    loop().Unwatch(id_two);
  });
}

// An event of a closed descriptor must not reach the watch of the one that got its number.
TEST_F(EpollWatch, AReusedDescriptorGetsNoEventOfTheOldOne) {
  SocketPair first;
  SocketPair old;
  UniqueFd fresh;
  bool moved = false;
  int stale = 0;
  EventLoop::WatchId id_first = 0;
  EventLoop::WatchId id_old = 0;
  EventLoop::WatchId id_fresh = 0;
  harness_->Run([&] {
    id_first = loop().Watch(first.a.get(), EPOLLOUT | EPOLLET, OnEvents([&](uint32_t) {
                              // `old` has an event in the same round. Its number gets a new owner,
                              // on which nothing has happened.
                              const int number = old.a.get();
                              loop().Unwatch(id_old);
                              old.a.Reset();
                              fresh.Reset(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
                              EXPECT_EQ(fresh.get(), number);
                              id_fresh = loop().Watch(fresh.get(), EPOLLIN | EPOLLET,
                                                      OnEvents([&](uint32_t) { ++stale; }));
                              loop().Unwatch(id_first);
                              moved = true;
                            }));
    id_old = loop().Watch(old.a.get(), EPOLLOUT | EPOLLET, OnEvents([&](uint32_t) { ++stale; }));
  });
  ASSERT_TRUE(harness_->RunUntil([&] { return moved; }));
  Settle();
  harness_->Run([&] {
    EXPECT_EQ(stale, 0);
    loop().Unwatch(id_fresh);
  });
}

TEST_F(EpollWatch, AHandlerMayWatchMore) {
  SocketPair one;
  SocketPair two;
  bool called = false;
  EventLoop::WatchId second = 0;
  const ScopedWatch first(harness_.get(), one.a, EPOLLOUT | EPOLLET, [&](uint32_t) {
    second = loop().Watch(two.a.get(), OnEvents([&](uint32_t) { called = true; }));
  });
  EXPECT_TRUE(harness_->RunUntil([&] { return called; }));
  harness_->Run([&] { loop().Unwatch(second); });
}

TEST_F(EpollWatch, ServesMoreDescriptorsThanOneRoundHolds) {
  constexpr int kCount = 600;
  std::vector<UniqueFd> fds;
  std::vector<std::unique_ptr<ScopedWatch>> watches;
  int called = 0;
  for (int i = 0; i < kCount; ++i) {
    fds.emplace_back(eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC));
    ASSERT_TRUE(fds.back().valid());
    watches.push_back(std::make_unique<ScopedWatch>(harness_.get(), fds.back(), EPOLLIN | EPOLLET,
                                                    [&](uint32_t) { ++called; }));
  }
  EXPECT_TRUE(harness_->RunUntil([&] { return called == kCount; }));
}

TEST_F(EpollWatch, BusyDescriptorsHoldUpNeitherPostsNorTimers) {
  SocketPair pair;
  WriteByte(pair.b);
  const ScopedWatch watch(harness_.get(), pair.a, EPOLLIN, [](uint32_t) {});
  bool timed = false;
  loop().AddTimer(loop().Now() + absl::Milliseconds(1), [&] { timed = true; });
  EXPECT_TRUE(harness_->RunUntil([&] { return timed; }));
}

TEST_F(EpollWatch, GoesBackToSleepAfterBeingWoken) {
  // A wake-up that stays pending would make the loop spin: no time passes without a task.
  harness_->Run([] {});
  rusage before;
  rusage after;
  bool slept = false;
  harness_->Run([&] { getrusage(RUSAGE_THREAD, &before); });
  loop().AddTimer(loop().Now() + absl::Milliseconds(100), [&] {
    getrusage(RUSAGE_THREAD, &after);
    slept = true;
  });
  absl::Notification done;
  loop().AddTimer(loop().Now() + absl::Milliseconds(101), [&] { done.Notify(); });
  done.WaitForNotification();
  ASSERT_TRUE(slept);
  const absl::Duration used =
      absl::DurationFromTimeval(after.ru_utime) - absl::DurationFromTimeval(before.ru_utime) +
      absl::DurationFromTimeval(after.ru_stime) - absl::DurationFromTimeval(before.ru_stime);
  EXPECT_LT(used, absl::Milliseconds(10));
}

TEST_F(EpollWatch, AnEarlierTimerWakesASleepingLoop) {
  loop().AddTimer(loop().Now() + absl::Hours(1), [] {});
  absl::Notification ran;
  loop().AddTimer(loop().Now() + absl::Milliseconds(2), [&] { ran.Notify(); });
  EXPECT_TRUE(ran.WaitForNotificationWithTimeout(absl::Seconds(30)));
}

TEST(EpollLoop, StopComesAfterWhatWasPostedBefore) {
  const std::unique_ptr<EpollLoop> loop = EpollLoop::Create().value();
  std::vector<int> ran;
  loop->Post([&] { ran.push_back(1); });
  loop->Stop();
  loop->Stop();
  loop->Run();
  loop->Post([&] { ran.push_back(2); });
  EXPECT_EQ(ran, (std::vector<int>{1}));
}

TEST(EpollLoop, LetsGoOfEverythingWhenDestroyed) {
  const auto witness = std::make_shared<int>();
  const size_t descriptors = OpenDescriptors();
  SocketPair pair;
  {
    const std::unique_ptr<EpollLoop> loop = EpollLoop::Create().value();
    loop->Post([witness] {});
    loop->AddTimer(loop->Now(), [witness] {});
    loop->Watch(pair.a.get(), OnEvents([witness](uint32_t) {}));
    EXPECT_EQ(witness.use_count(), 4);
  }
  EXPECT_EQ(witness.use_count(), 1);
  EXPECT_EQ(OpenDescriptors(), descriptors + 2);
}

TEST(EpollLoop, ReportsThatNoDescriptorIsLeft) {
  rlimit saved;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &saved), 0);
  const rlimit none = {0, saved.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const Result<std::unique_ptr<EpollLoop>> loop = EpollLoop::Create();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &saved), 0);
  ASSERT_FALSE(loop.ok());
  EXPECT_EQ(loop.error().id(), (ErrorId{ErrorDomain::kPosix, 0, EMFILE}));
}

TEST(EpollLoopDeathTest, WatchingWhatIsNotOpenIsOurMistake) {
  const std::unique_ptr<EpollLoop> loop = EpollLoop::Create().value();
  EXPECT_DEATH(loop->Watch(-1, OnEvents([](uint32_t) {})), "check failed");
  SocketPair pair;
  loop->Watch(pair.a.get(), OnEvents([](uint32_t) {}));
  EXPECT_DEATH(loop->Watch(pair.a.get(), OnEvents([](uint32_t) {})), "check failed");
}

TEST(EpollLoopDeathTest, ClosingBeforeUnwatchingIsOurMistake) {
  const std::unique_ptr<EpollLoop> loop = EpollLoop::Create().value();
  SocketPair pair;
  const EventLoop::WatchId id = loop->Watch(pair.a.get(), OnEvents([](uint32_t) {}));
  pair.a.Reset();
  EXPECT_DEATH(loop->Unwatch(id), "check failed");
}

}  // namespace
}  // namespace streampair
