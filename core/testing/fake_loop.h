#ifndef STREAMPAIR_CORE_TESTING_FAKE_LOOP_H_
#define STREAMPAIR_CORE_TESTING_FAKE_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/loop/event_loop.h"
#include "core/loop/timer_queue.h"
#include "core/testing/fake_clock.h"

namespace streampair {

// An EventLoop without a thread: the test's thread is the loop's thread, and everything happens
// when the test says so, in virtual time and in the same order every time.
//
//   FakeLoop loop;
//   Thing thing(&loop);            // Sets a timer for three seconds.
//   loop.Advance(absl::Seconds(3));
//
// The methods of EventLoop may be called from any thread, as on every loop; those of the test
// on the thread that made the loop, and not from inside a task or handler.
class FakeLoop final : public EventLoop {
 public:
  FakeLoop();
  ~FakeLoop() override;  // As for every loop: what did not run is destroyed.

  FakeClock& clock() { return clock_; }

  // One round, as a real loop has it: what is posted, then the timers that are due; not what
  // these post or add. False if there was nothing.
  bool RunOnce();

  // Rounds until nothing is left to do at this moment. Aborts after 10,000 rounds: then two
  // tasks keep posting each other.
  void RunUntilIdle();

  // Lets that much time pass; every task runs at the moment that it was meant for.
  void Advance(absl::Duration duration);

  // Lets time pass until the next timer and runs what is due then. False if there is no timer.
  bool AdvanceToNextTimer();

  // The handler that watches `fd` gets those of `events` that it asked for (and EPOLLERR and
  // EPOLLHUP). False if nobody watches it, or nothing is left of them.
  bool Deliver(int fd, uint32_t events);

  size_t timers() const ABSL_LOCKS_EXCLUDED(mutex_);
  size_t watches() const ABSL_LOCKS_EXCLUDED(mutex_);

  bool InLoopThread() const override { return std::this_thread::get_id() == thread_; }
  MonotonicTime Now() const override { return clock_.Now(); }
  void Post(Task task) override ABSL_LOCKS_EXCLUDED(mutex_);
  TimerId AddTimer(MonotonicTime when, Task task) override ABSL_LOCKS_EXCLUDED(mutex_);
  bool CancelTimer(TimerId id) override ABSL_LOCKS_EXCLUDED(mutex_);
  using EventLoop::Watch;
  WatchId Watch(int fd, uint32_t events, std::shared_ptr<FdHandler> handler) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Unwatch(WatchId id) override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Watched {
    int fd;
    uint32_t events;
    std::shared_ptr<FdHandler> handler;
  };

  const std::thread::id thread_ = std::this_thread::get_id();
  FakeClock clock_;

  mutable absl::Mutex mutex_;
  std::vector<Task> posted_ ABSL_GUARDED_BY(mutex_);
  TimerQueue timers_ ABSL_GUARDED_BY(mutex_);
  WatchId last_watch_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<WatchId, Watched> watches_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_FAKE_LOOP_H_
