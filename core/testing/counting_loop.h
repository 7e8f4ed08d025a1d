#ifndef STREAMPAIR_CORE_TESTING_COUNTING_LOOP_H_
#define STREAMPAIR_CORE_TESTING_COUNTING_LOOP_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/base/monotonic_time.h"
#include "core/loop/event_loop.h"

namespace streampair {

// Another loop, with a count of the timers and watches that are alive: to see that code lets go of
// them. Thread-safe, as the loop behind it.
class CountingLoop : public EventLoop {
 public:
  // `loop` must outlive this object, and this object all timers added through it.
  explicit CountingLoop(EventLoop& loop) : loop_(loop) {}

  int timers() const { return timers_; }
  int watches() const { return watches_; }

  bool InLoopThread() const override { return loop_.InLoopThread(); }
  MonotonicTime Now() const override { return loop_.Now(); }
  void Post(Task task) override { loop_.Post(std::move(task)); }

  TimerId AddTimer(MonotonicTime when, Task task) override {
    ++timers_;
    return loop_.AddTimer(when, [this, task = std::move(task)]() mutable {
      --timers_;
      task();
    });
  }
  bool CancelTimer(TimerId id) override {
    const bool cancelled = loop_.CancelTimer(id);
    timers_ -= cancelled;
    return cancelled;
  }

  using EventLoop::Watch;
  WatchId Watch(int fd, uint32_t events, std::shared_ptr<FdHandler> handler) override {
    ++watches_;
    return loop_.Watch(fd, events, std::move(handler));
  }
  // Requires: the watch was not ended before (the other loop does not tell).
  void Unwatch(WatchId id) override {
    watches_ -= id != 0;
    loop_.Unwatch(id);
  }

 private:
  EventLoop& loop_;
  std::atomic<int> timers_{0};
  std::atomic<int> watches_{0};
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_COUNTING_LOOP_H_
