#ifndef STREAMPAIR_CORE_LOOP_TIMER_QUEUE_H_
#define STREAMPAIR_CORE_LOOP_TIMER_QUEUE_H_

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/base/monotonic_time.h"
#include "core/loop/event_loop.h"

namespace streampair {

// The timers of a loop, in the order in which they are due; equal moments in the order of
// adding. Runs nothing: it hands tasks out. Thread-compatible.
class TimerQueue {
 public:
  EventLoop::TimerId Add(MonotonicTime when, EventLoop::Task task);

  // The task, which leaves the queue; an empty one if it is not here (any more).
  EventLoop::Task Take(EventLoop::TimerId id);

  // Appends the ids of what is due at `now`, in order. They stay until taken, so a task
  // that runs can still cancel the next.
  void ListDue(MonotonicTime now, std::vector<EventLoop::TimerId>* due) const;

  // When the first is due; Infinite() if there is none.
  MonotonicTime NextDue() const;

  // Empties the queue, in order.
  std::vector<EventLoop::Task> TakeAll();

  size_t size() const { return by_id_.size(); }

 private:
  using Key = std::pair<MonotonicTime, EventLoop::TimerId>;

  EventLoop::TimerId last_id_ = 0;
  std::map<Key, EventLoop::Task> by_time_;
  absl::flat_hash_map<EventLoop::TimerId, MonotonicTime> by_id_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_LOOP_TIMER_QUEUE_H_
