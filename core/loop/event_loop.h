#ifndef STREAMPAIR_CORE_LOOP_EVENT_LOOP_H_
#define STREAMPAIR_CORE_LOOP_EVENT_LOOP_H_

#include <sys/epoll.h>

#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "core/base/check.h"
#include "core/base/monotonic_time.h"

namespace streampair {

// Told what happens on a descriptor.
class FdHandler {
 public:
  virtual ~FdHandler() = default;

  // `events` are EPOLL bits, of which EPOLLERR and EPOLLHUP come unasked. Called on the
  // loop's thread only. May be spurious; may Watch and Unwatch, itself included.
  virtual void OnEvents(uint32_t events) = 0;
};

// One thread that waits for descriptors, timers and posted tasks, and runs what they call
// for. Every method may be called from any thread. Guarantees:
//
//  1. Tasks and handlers run on the loop's thread, one at a time, and never inside the
//     call that registered them.
//  2. Posted tasks run in the order of posting. Whatever happened before Post, AddTimer or
//     Watch is visible to what they run.
//  3. No lock of the loop is held while a task or handler runs or is destroyed, so each
//     may call every method here.
//
// Work is handed over, not waited for: nothing here blocks on the loop's thread.
//
// Declared lockable so that a field may be ABSL_GUARDED_BY(loop): "touched on the loop's
// thread only". AssertHere() tells Clang (and checks) that this is that thread.
class ABSL_LOCKABLE EventLoop {
 public:
  using Task = absl::AnyInvocable<void()>;
  using TimerId = uint64_t;  // Never 0, never reused.
  using WatchId = uint64_t;  // Never 0, never reused.

  // Both directions, peer's half-close included, told once per change.
  static constexpr uint32_t kEdgeTriggered = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

  virtual ~EventLoop() = default;

  virtual bool InLoopThread() const = 0;
  void AssertHere() const ABSL_ASSERT_EXCLUSIVE_LOCK() { SP_CHECK(InLoopThread()); }

  virtual MonotonicTime Now() const = 0;

  // A task that the loop never gets to run is destroyed with the loop.
  virtual void Post(Task task) = 0;

  // Runs `task` once, at `when` or soon after, never before. Timers for the same moment
  // run in the order of adding. An infinite `when` never comes.
  virtual TimerId AddTimer(MonotonicTime when, Task task) = 0;

  // True: the task has not run and never will; it is destroyed before this returns. False:
  // it ran, is running, or was cancelled before; also for 0 and unknown ids.
  virtual bool CancelTimer(TimerId id) = 0;

  // Calls `handler` on the events in `events` until Unwatch, and owns a share of it for
  // as long. One watch per descriptor at a time. Events that are already due count, so when
  // called elsewhere than on the loop's thread, OnEvents may come before this returns. 0 if
  // the system refuses for want of memory or watches (see epoll_ctl(2)).
  // Requires: `fd` is open and can be polled.
  virtual WatchId Watch(int fd, uint32_t events, std::shared_ptr<FdHandler> handler) = 0;
  WatchId Watch(int fd, std::shared_ptr<FdHandler> handler);  // kEdgeTriggered.

  // Call it before closing the descriptor, which may be reused at once: no event of the
  // old one reaches the handler of the new. When called on the loop's thread, OnEvents is
  // not called again; when called elsewhere, a call that the loop has already chosen to
  // make may still be running. Harmless for 0, unknown ids and the second time.
  virtual void Unwatch(WatchId id) = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_LOOP_EVENT_LOOP_H_
