#include "core/loop/loop_thread.h"

#include <pthread.h>

#include <atomic>
#include <memory>
#include <set>
#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "core/loop/loop_group.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

std::string NameOf(EventLoop& loop) {
  char name[32] = {};
  absl::Notification done;
  loop.Post([&] {
    pthread_getname_np(pthread_self(), name, sizeof(name));
    done.Notify();
  });
  EXPECT_TRUE(done.WaitForNotificationWithTimeout(absl::Seconds(30)));
  return name;
}

TEST(LoopThread, RunsItsLoopUnderItsName) {
  const std::unique_ptr<LoopThread> thread = LoopThread::Start("a-name").value();
  EXPECT_EQ(NameOf(thread->loop()), "a-name");
  EXPECT_FALSE(thread->loop().InLoopThread());
}

TEST(LoopThread, CutsALongName) {
  const std::unique_ptr<LoopThread> thread = LoopThread::Start("0123456789abcdefgh").value();
  EXPECT_EQ(NameOf(thread->loop()), "0123456789abcde");
}

TEST(LoopThread, RunsWhatWasPostedBeforeItEnds) {
  std::atomic<int> ran = 0;
  {
    const std::unique_ptr<LoopThread> thread = LoopThread::Start("end").value();
    for (int i = 0; i < 100; ++i) thread->loop().Post([&] { ++ran; });
  }
  EXPECT_EQ(ran, 100);
}

TEST(LoopThread, DoesNotWaitForTimers) {
  const auto witness = std::make_shared<int>();
  {
    const std::unique_ptr<LoopThread> thread = LoopThread::Start("end").value();
    thread->loop().AddTimer(thread->loop().Now() + absl::Hours(1), [witness] { ADD_FAILURE(); });
  }
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(LoopGroup, GivesItsLoopsInTurn) {
  const std::unique_ptr<LoopGroup> group = LoopGroup::Start(3).value();
  EXPECT_EQ(group->size(), 3u);
  std::set<EventLoop*> seen;
  for (size_t i = 0; i < 3; ++i) seen.insert(&group->Next());
  EXPECT_EQ(seen.size(), 3u);
  EXPECT_EQ(&group->Next(), &group->loop(0));
  EXPECT_EQ(NameOf(group->loop(2)), "loop-2");
}

}  // namespace
}  // namespace streampair
