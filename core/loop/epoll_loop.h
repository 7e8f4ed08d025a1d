#ifndef STREAMPAIR_CORE_LOOP_EPOLL_LOOP_H_
#define STREAMPAIR_CORE_LOOP_EPOLL_LOOP_H_

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/loop/event_loop.h"
#include "core/loop/timer_queue.h"
#include "core/loop/watch_table.h"

namespace streampair {

// The EventLoop on epoll(7) of whichever thread calls Run(). Time is the system's: the
// kernel does the waiting, to the millisecond.
//
// An event carries the id of its watch rather than a pointer or a descriptor, so an event
// of a watch that is gone finds nothing.
class EpollLoop final : public EventLoop {
 public:
  // Fails when the process has no descriptors left.
  static Result<std::unique_ptr<EpollLoop>> Create();

  // Destroys, without running them, the tasks that are left, and lets go of the handlers.
  // Requires: Run() is not running.
  ~EpollLoop() override;

  // Serves until Stop(). Once.
  void Run();

  // Makes Run() return after the tasks posted before this call. Any thread; may come
  // before Run() or twice.
  void Stop();

  bool InLoopThread() const override;
  MonotonicTime Now() const override { return clock_.Now(); }
  void Post(Task task) override ABSL_LOCKS_EXCLUDED(mutex_);
  TimerId AddTimer(MonotonicTime when, Task task) override ABSL_LOCKS_EXCLUDED(mutex_);
  bool CancelTimer(TimerId id) override ABSL_LOCKS_EXCLUDED(mutex_);
  using EventLoop::Watch;
  WatchId Watch(int fd, uint32_t events, std::shared_ptr<FdHandler> handler) override;
  void Unwatch(WatchId id) override;

 private:
  EpollLoop(UniqueFd epoll_fd, UniqueFd wake_fd);

  // An impossible moment before all others: the loop is awake and looks by itself.
  static constexpr MonotonicTime kAwake =
      MonotonicTime::FromNanos(std::numeric_limits<int64_t>::min());

  void RunPosted() ABSL_LOCKS_EXCLUDED(mutex_);
  void RunDueTimers() ABSL_LOCKS_EXCLUDED(mutex_);
  void WaitForEvents() ABSL_LOCKS_EXCLUDED(mutex_);
  int PrepareToWait() ABSL_LOCKS_EXCLUDED(mutex_);  // The time-out for epoll_wait.

  // True if something due at `due` needs the loop to be woken, and this caller is to do it.
  bool ClaimWakeUp(MonotonicTime due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Wake();

  // Constant after construction.
  const SystemClock clock_;
  const UniqueFd epoll_fd_;
  const UniqueFd wake_fd_;

  std::atomic<std::thread::id> thread_{};  // Set by Run().

  // Provides its own synchronization.
  WatchTable watches_;

  absl::Mutex mutex_;
  std::vector<Task> posted_ ABSL_GUARDED_BY(mutex_);
  TimerQueue timers_ ABSL_GUARDED_BY(mutex_);
  // Until when the loop waits unless woken. Whoever brings something that is due before
  // then wakes the loop, once: one write for a burst of posts.
  MonotonicTime waiting_until_ ABSL_GUARDED_BY(mutex_) = kAwake;

  // Touched by the thread in Run() only.
  bool stopped_ = false;
  std::vector<Task> running_;
  std::vector<TimerId> due_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_LOOP_EPOLL_LOOP_H_
