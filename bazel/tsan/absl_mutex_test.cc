// Under ThreadSanitizer: fields guarded by Abseil's locks are no races, and a field that is not
// guarded is one. Without it, merely that the locks work.

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace {

#ifdef __SANITIZE_THREAD__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr int kThreads = 4;
constexpr int kRounds = 1000;

template <typename Body>
void InThreads(Body body) {
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(body, i);
  for (std::thread& thread : threads) thread.join();
}

TEST(AbslMutex, GuardsACounter) {
  absl::Mutex mutex;
  int counter = 0;
  InThreads([&](int i) {
    for (int round = 0; round < kRounds; ++round) {
      if (i % 2 == 0) {
        absl::MutexLock lock(&mutex);
        ++counter;
      } else if (mutex.TryLock()) {
        ++counter;
        mutex.Unlock();
      } else {
        absl::ReaderMutexLock lock(&mutex);
        EXPECT_GE(counter, 0);
      }
    }
  });
  EXPECT_GE(counter, kThreads / 2 * kRounds);
}

TEST(AbslMutex, HandsOverByCondition) {
  absl::Mutex mutex;
  int turn = 0;
  InThreads([&](int i) {
    for (int round = 0; round < kRounds / 10; ++round) {
      const auto mine = [&] { return turn % kThreads == i; };
      if (round % 2 == 0) {
        mutex.Lock();
        mutex.Await(absl::Condition(&mine));
      } else {
        mutex.LockWhen(absl::Condition(&mine));
      }
      ++turn;
      mutex.Unlock();
    }
  });
  EXPECT_EQ(turn, kThreads * (kRounds / 10));
}

TEST(AbslMutex, HandsOverByConditionVariable) {
  absl::Mutex mutex;
  absl::CondVar changed;
  int turn = 0;
  InThreads([&](int i) {
    for (int round = 0; round < kRounds / 10; ++round) {
      absl::MutexLock lock(&mutex);
      while (turn % kThreads != i) {
        if (round % 2 == 0) {
          changed.Wait(&mutex);
        } else {
          changed.WaitWithTimeout(&mutex, absl::Seconds(1));
        }
      }
      ++turn;
      changed.SignalAll();
    }
  });
  EXPECT_EQ(turn, kThreads * (kRounds / 10));
}

TEST(AbslMutex, OneAfterTheOtherMayShareAnAddress) {
  for (int round = 0; round < 100; ++round) {
    absl::Mutex mutex;
    int counter = 0;
    InThreads([&](int) {
      absl::MutexLock lock(&mutex);
      ++counter;
    });
    EXPECT_EQ(counter, kThreads);
  }
}

TEST(AbslNotification, PublishesWhatCameBefore) {
  for (int round = 0; round < 100; ++round) {
    absl::Notification ready;
    int value = 0;
    std::thread writer([&] {
      value = 1;
      ready.Notify();
    });
    if (round % 3 == 0) {
      ready.WaitForNotification();
    } else if (round % 3 == 1) {
      ASSERT_TRUE(ready.WaitForNotificationWithTimeout(absl::Seconds(20)));
    } else {
      while (!ready.HasBeenNotified()) std::this_thread::yield();
    }
    EXPECT_EQ(value, 1);
    writer.join();
  }
}

TEST(AbslBlockingCounter, PublishesWhatCameBefore) {
  absl::BlockingCounter left(kThreads);
  std::vector<int> values(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      values[i] = 1;
      left.DecrementCount();
    });
  }
  left.Wait();
  for (const int value : values) EXPECT_EQ(value, 1);
  for (std::thread& thread : threads) thread.join();
}

// Shows that the sanitizer is awake: the wrappers do not make everything look ordered.
TEST(AbslMutexDeathTest, DifferentLocksDoNotGuardOneField) {
  if (!kSanitized) GTEST_SKIP() << "needs --config=tsan";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        absl::Mutex mutexes[kThreads];
        int counter = 0;
        InThreads([&](int i) {
          for (int round = 0; round < kRounds; ++round) {
            absl::MutexLock lock(&mutexes[i]);
            ++counter;
          }
        });
      },
      "data race");
}

}  // namespace
